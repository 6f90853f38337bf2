// Drives a synthetic model to the ends of what the norm allows: the values at which a narrow
// accumulator, a lost carry or a wrong clamp would show. Every result passes the loader's proof
// of bounds, so every backend owes the same bytes for it.
import { DOWN_OFFSET } from '#model/architecture.ts';
import type { EncoderWeights, LinearWeights, NormWeights } from '#model/encoder.ts';

const ACTIVATION_MAX = 2 ** 21 - 1;
const WORD = 2 ** 31;

function linears({ layers, dense }: EncoderWeights): { linear: LinearWeights; offset: number }[] {
  const last = dense ? [{ linear: dense, offset: 0 }] : [];
  const inLayers = layers.flatMap(({ qkv, output, up, down }) => [
    ...[qkv, output, up].map((linear) => ({ linear, offset: 0 })),
    { linear: down, offset: DOWN_OFFSET },
  ]);
  return [...inLayers, ...last];
}

function weightMost({ config }: EncoderWeights): number {
  return config.weightBits === 8 ? 127 : 63;
}

/** All norms but the last: after one at its extreme, every model would give the same output. */
function norms({ embeddings, layers }: EncoderWeights): NormWeights[] {
  const all = layers.flatMap((layer) => [layer.attentionNorm, layer.outputNorm]);
  return [embeddings.norm, ...all].slice(0, -1);
}

/** The same bound as src/model/bounds.ts, which has the last word: proof-model.ts calls it. */
function mostOf({ inputs, outputs, weight, scale, bias }: LinearWeights, offset: number) {
  const steps = offset > 0 ? 255 : 127;
  const input = (ACTIVATION_MAX + offset) * (129 / 128) * steps;
  let scaled = 0;
  let added = 0;
  for (let n = 0; n < outputs; n++) {
    let norm = 0;
    for (let k = 0; k < inputs; k++) norm += Math.abs(weight[n * inputs + k]);
    scaled = Math.max(scaled, input * norm * (scale[n] + 1));
    added = Math.max(added, Math.abs(bias[n]) + 1);
  }
  return { scaled, added };
}

const linearShift = { least: 24, most: 48 };
const normShiftMost = 40;

/** The least shift that the proof of bounds admits. */
function raise(linear: LinearWeights, offset: number): void {
  const { scaled, added } = mostOf(linear, offset);
  linear.shift = linearShift.least;
  while (scaled / 2 ** linear.shift + added >= WORD) linear.shift++;
}

/** What each extreme does to a model, in the order in which they are applied. */
const drives = {
  'all weights lowest'(weights: EncoderWeights) {
    for (const { linear } of linears(weights)) linear.weight.fill(-weightMost(weights));
  },
  'all zeros'(weights: EncoderWeights) {
    for (const { linear } of linears(weights)) {
      linear.weight.fill(0);
      linear.bias.fill(0);
    }
  },
  'one hot'(weights: EncoderWeights) {
    const highest = weightMost(weights);
    for (const { linear } of linears(weights)) {
      const { inputs, outputs, weight } = linear;
      weight.fill(0);
      for (let n = 0; n < outputs; n++) weight[n * inputs + ((7 * n + 3) % inputs)] = highest;
    }
  },
  /** Sums reach their bound from both sides: signs follow the column. */
  'signs alternate'(weights: EncoderWeights) {
    const highest = weightMost(weights);
    for (const { linear } of linears(weights)) {
      const { inputs, weight } = linear;
      for (let i = 0; i < weight.length; i++) {
        weight[i] = ((i % inputs) + Math.floor(i / inputs)) % 2 ? highest : -highest;
      }
    }
  },
  'scales zero'(weights: EncoderWeights) {
    for (const { linear } of linears(weights)) linear.scale.fill(0);
  },
  /** Linear outputs and residuals saturate. */
  loudest(weights: EncoderWeights) {
    for (const { linear, offset } of linears(weights)) raise(linear, offset);
  },
  'dense loudest'({ dense }: EncoderWeights) {
    if (dense) raise(dense, 0);
  },
  /** Both ends of what the loader admits, side by side. */
  'bias largest'({ attentionBias }: EncoderWeights) {
    attentionBias?.forEach((_, i) => {
      attentionBias[i] = (i % 3 ? 1 : -1) * 2 ** 24;
    });
  },
  /** Queries, keys and values saturate; what comes after them does not. */
  'heads loudest'({ layers }: EncoderWeights) {
    for (const { qkv } of layers) raise(qkv, 0);
  },
  /** Values saturate alone, so that attention's rounding can pass the end of the range. */
  'values loudest'({ config, layers }: EncoderWeights) {
    for (const { qkv } of layers) {
      const before = qkv.shift;
      raise(qkv, 0);
      for (let n = 0; n < 2 * config.hiddenSize; n++) qkv.scale[n] >>= before - qkv.shift;
    }
  },
  /** Every key scores alike: the denominator of 512 of them is 2^31. */
  'keys zero'({ config, layers }: EncoderWeights) {
    const { hiddenSize } = config;
    for (const { qkv } of layers) {
      qkv.weight.fill(0, 0, 2 * hiddenSize * hiddenSize);
      qkv.bias.fill(0, 0, 2 * hiddenSize);
    }
  },
  quietest(weights: EncoderWeights) {
    for (const { linear } of linears(weights)) linear.shift = linearShift.most;
    for (const norm of norms(weights)) norm.shift = normShiftMost;
  },
  /** gamma as large as each of three shifts admits, beta at the end of what is left of 32 bits. */
  'norms largest'(weights: EncoderWeights) {
    norms(weights).forEach((norm, index) => {
      norm.shift = [10, 11, 1][index % 3];
      const gamma = Math.min(65535, 2 ** (6 + norm.shift) - 1);
      const beta = WORD - gamma * 2 ** (25 - norm.shift) - 2;
      norm.gamma.forEach((_, i) => {
        norm.gamma[i] = i % 3 ? gamma : -gamma;
        norm.beta[i] = i % 2 ? beta : -beta;
      });
    });
  },
  'norms zero'(weights: EncoderWeights) {
    for (const norm of norms(weights)) {
      norm.gamma.fill(0);
      norm.beta.fill(0);
    }
  },
  /** The least value of GELU everywhere: nothing is left for the input of `down`. */
  'gelu lowest'({ layers }: EncoderWeights) {
    for (const { up } of layers) {
      up.weight.fill(0);
      up.bias.fill(-3079);
    }
  },
  /**
   * Even tokens have keys and no values, odd ones values and no keys: a key that outweighs all
   * others with a value of nothing, the widest gap between exponents that attention meets.
   */
  'values unequal'({ config, embeddings, layers }: EncoderWeights) {
    const { hiddenSize } = config;
    const isFirstHalf = (column: number) => column < hiddenSize / 2;
    embeddings.positions.fill(0);
    embeddings.words.forEach((_, i) => {
      const [token, column] = [Math.floor(i / hiddenSize), i % hiddenSize];
      const isUsed = isFirstHalf(column) === (token % 2 === 0);
      embeddings.words[i] = isUsed ? (i % 2 ? 127 : -127) : 0;
    });
    embeddings.norm.beta.fill(0);
    for (const { qkv } of layers) {
      qkv.bias.fill(0);
      qkv.weight.forEach((weight, i) => {
        const [output, column] = [Math.floor(i / hiddenSize), i % hiddenSize];
        if (isFirstHalf(column) === output >= 2 * hiddenSize) qkv.weight[i] = 0;
        else if (output < 2 * hiddenSize && column % 2) qkv.weight[i] = -Math.abs(weight);
      });
    }
  },
  /** Everything that leaves a norm lies in the outlier columns. */
  'outliers only'(weights: EncoderWeights) {
    const columns = new Set(weights.layers[0].qkv.outliers);
    for (const { qkv, up } of weights.layers) {
      qkv.outliers.set([...columns]);
      up.outliers.set([...columns]);
    }
    for (const norm of norms(weights)) {
      norm.shift = 18;
      norm.gamma.forEach((_, i) => {
        norm.gamma[i] = columns.has(i) ? 65535 - i : 1;
        norm.beta[i] = 0;
      });
    }
  },
  /** Word and position sums pass the ends of the range, in both directions. */
  'embeddings saturate'({ embeddings }: EncoderWeights) {
    embeddings.wordShift = 1;
    embeddings.wordScale.fill(65535);
    embeddings.positions.forEach((_, i) => {
      embeddings.positions[i] = (i % 5 < 2 ? 1 : -1) * 2 ** 30;
    });
  },
  /** One small power of two in a row of zeros: the least variance that a norm meets. */
  'one spike'({ config, embeddings }: EncoderWeights) {
    const { hiddenSize } = config;
    embeddings.positions.fill(0);
    embeddings.wordShift = 12;
    embeddings.wordScale.fill(2 ** 15);
    embeddings.words.forEach((_, i) => {
      const [token, column] = [Math.floor(i / hiddenSize), i % hiddenSize];
      embeddings.words[i] = column === (5 * token) % hiddenSize ? (token % 2 ? 1 : -1) : 0;
    });
  },
  'embeddings zero'({ embeddings }: EncoderWeights) {
    embeddings.words.fill(0);
    embeddings.positions.fill(0);
  },
};

export type Extreme = keyof typeof drives;

export const extremeNames = Object.keys(drives) as Extreme[];

/** Changes `weights` in place, in the order of the list above. */
export function driveTo(weights: EncoderWeights, extremes: readonly Extreme[]): void {
  for (const name of extremeNames) if (extremes.includes(name)) drives[name](weights);
}
