// Float tensors of a published encoder to the integers of an exact one, part by part. A plan says
// for each linear layer what calibration has found; import-bert.ts makes two of them.
import { IdlewildError } from '#protocol/errors.ts';
import { attentionScale, DOWN_OFFSET, type LinearName, linearShape } from './architecture.ts';
import type { BertTensors, FloatLinear, FloatNorm } from './bert-tensors.ts';
import type { EncoderConfig, EncoderWeights, LinearWeights, NormWeights } from './encoder.ts';
import type { FeedbackBlock } from './feedback.ts';
import { quantizeMatrix, toFixed } from './quantize.ts';
import { spreadRelativeBias } from './relative-bias.ts';

/** What is quantized: an encoder and its final dense layer, if it has one. */
export interface FloatEncoder {
  config: EncoderConfig;
  tensors: BertTensors;
  dense: FloatLinear | null;
}

export interface LinearPlan {
  outliers: Uint16Array;
  importance: Float64Array | undefined;
  feedback: FeedbackBlock[] | undefined;
  clipSteps: number;
}

/** @param plan is asked in the order of the forward pass; `dense` has layer 0 */
export function quantizeEncoder(
  source: FloatEncoder,
  embeddings: EncoderWeights['embeddings'],
  plan: (layer: number, part: LinearName) => LinearPlan,
): EncoderWeights {
  const { config, tensors, dense } = source;
  const linear = (layer: number, part: Exclude<LinearName, 'dense'>) => {
    const named = { name: `layers.${layer}.${part}`, part };
    return quantizeLinear(tensors.linear(layer, part), config, { ...named, ...plan(layer, part) });
  };
  const norm = (layer: number, part: 'attentionNorm' | 'outputNorm') =>
    quantizeNorm(`layer ${layer}, ${part}`, tensors.norm(layer, part));
  return {
    config,
    attention: attentionScale(config.hiddenSize / config.heads),
    embeddings,
    attentionBias:
      tensors.relativeBias &&
      toFixed('attention.bias', spreadRelativeBias(tensors.relativeBias, config), 14),
    layers: Array.from({ length: config.layers }, (_, layer) => ({
      qkv: linear(layer, 'qkv'),
      output: linear(layer, 'output'),
      attentionNorm: norm(layer, 'attentionNorm'),
      up: linear(layer, 'up'),
      down: linear(layer, 'down'),
      outputNorm: norm(layer, 'outputNorm'),
    })),
    dense:
      dense && quantizeLinear(dense, config, { name: 'dense', part: 'dense', ...plan(0, 'dense') }),
  };
}

export function quantizeEmbeddings({ tensors, config }: FloatEncoder) {
  const { hiddenSize } = config;
  const { type } = tensors;
  const words = quantizeMatrix('embeddings.words', tensors.words, hiddenSize, {
    limit: 127,
    factor: 2 ** 16,
    shiftLeast: 1,
    shiftMost: 40,
    clipSteps: 0,
  });
  const positions = Float64Array.from(
    tensors.positions,
    (value, i) => value + (type ? type[i % hiddenSize] : 0),
  );
  return {
    words: words.values,
    wordScale: words.scale,
    wordShift: words.shift,
    positions: toFixed('embeddings.positions', positions, 16),
    norm: quantizeNorm('embeddings.norm', tensors.embeddingNorm),
  };
}

function quantizeLinear(
  { weight, bias }: FloatLinear,
  config: EncoderConfig,
  options: LinearPlan & { name: string; part: LinearName },
): LinearWeights {
  const { name, part, outliers, importance, feedback, clipSteps } = options;
  const { inputs, outputs } = linearShape(config, part);
  const steps = part === 'down' ? 255 : 127;
  const { values, scale, shift } = quantizeMatrix(name, weight, inputs, {
    limit: config.weightBits === 8 ? 127 : 63,
    factor: 1 / steps,
    shiftLeast: 24,
    shiftMost: 48,
    importance,
    feedback,
    clipSteps,
  });
  const fixed = toFixed(`${name}.bias`, bias, 12);
  if (part === 'down') {
    for (let n = 0; n < outputs; n++) {
      let sum = 0;
      for (let k = 0; k < inputs; k++) sum += values[n * inputs + k];
      fixed[n] = Math.round(bias[n] * 4096 - (DOWN_OFFSET * sum * scale[n] * steps) / 2 ** shift);
    }
  }
  return { inputs, outputs, weight: values, scale, shift, bias: fixed, outliers };
}

function quantizeNorm(name: string, { gamma, beta }: FloatNorm): NormWeights {
  const root = Math.sqrt(gamma.length);
  const most = gamma.reduce((a, b) => Math.max(a, Math.abs(b)), 0) * root;
  let shift = 40;
  while (shift > 1 && Math.round(most * 2 ** (shift - 12)) > 65535) shift--;
  const words = Int32Array.from(gamma, (value) => Math.round(value * root * 2 ** (shift - 12)));
  if (words.some((word) => Math.abs(word) > 65535)) {
    throw new IdlewildError('model/scale', `${name}: its gamma is too large to quantize.`);
  }
  return { gamma: words, shift, beta: toFixed(`${name}.beta`, beta, 12) };
}
