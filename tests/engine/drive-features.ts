// Drives what not every model has to the ends of its range: a dense layer whose outputs saturate,
// biases as large as the norm allows. The other extremes are those of the proof.
import { ATTENTION_BIAS_MAX } from '#model/architecture.ts';
import { proveBounds } from '#model/bounds.ts';
import type { EncoderWeights, LinearWeights } from '#model/encoder.ts';

const activationMax = 2 ** 21 - 1;
const shiftLeast = 24;
const weightMost = 127;

/** The least shift that the proof of bounds admits. */
function raise(weights: EncoderWeights, linear: LinearWeights): void {
  const isAllowed = () => {
    try {
      proveBounds(weights);
      return true;
    } catch {
      return false;
    }
  };
  while (linear.shift > shiftLeast && isAllowed()) linear.shift--;
  if (!isAllowed()) linear.shift++;
}

const drives = {
  /** A third of the outputs lies beyond each end of the range, or next to it. */
  'dense loudest'(weights: EncoderWeights) {
    const dense = weights.dense!;
    dense.bias.forEach((_, n) => {
      dense.bias[n] = activationMax * ((n % 3) - 1);
    });
    raise(weights, dense);
  },
  /** A third of the biases lies at each end of the range. */
  'biases farthest'({ attentionBias }: EncoderWeights) {
    attentionBias!.forEach((_, at) => {
      attentionBias![at] = ATTENTION_BIAS_MAX * ((at % 3) - 1);
    });
  },
  /**
   * A token's query and key have one value in every column, and most of them saturate, with either
   * sign: in heads of 256, scores differ by more than 2^31.
   */
  'scores farthest'(weights: EncoderWeights) {
    const { hiddenSize } = weights.config;
    weights.embeddings.norm.shift -= 4;
    for (const { qkv } of weights.layers) {
      for (let at = 0; at < 2 * hiddenSize * hiddenSize; at++) {
        qkv.weight[at] = (at * 7) % 5 < 2 ? weightMost : -weightMost;
      }
      for (let n = 1; n < 2 * hiddenSize; n++) {
        qkv.weight.copyWithin(n * hiddenSize, 0, hiddenSize);
      }
      raise(weights, qkv);
    }
  },
};

export type Drive = keyof typeof drives;

/** Changes `weights` in place. */
export function driveFeatures(weights: EncoderWeights, names: readonly Drive[]): EncoderWeights {
  for (const name of names) drives[name](weights);
  return weights;
}
