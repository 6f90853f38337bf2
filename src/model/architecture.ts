// What a BERT encoder is made of, by name: the tensors and shifts that importer, manifest and
// loader agree on, and the shapes that the norm allows (docs/exact-arithmetic.md, section 1).
import { limits } from '#protocol/limits.ts';
import type { Dyadic, EncoderConfig } from './encoder.ts';

export const ARITHMETIC = 'idlewild-exact/1';

/** Added to a GELU output before its unsigned quantization: 0.17 in Q12, rounded up. */
export const DOWN_OFFSET = 697;

export interface TensorShape {
  name: string;
  dtype: 'i8' | 'u16' | 'i32';
  shape: number[];
}

/** Linear layers and norms of one encoder layer, in the order of their use. */
export const layerParts = ['qkv', 'output', 'attentionNorm', 'up', 'down', 'outputNorm'] as const;
export type LayerLinear = 'qkv' | 'output' | 'up' | 'down';
/** `dense` comes once, after the pooling. */
export type LinearName = LayerLinear | 'dense';

/** Words of a row's exact output. */
export function outputSize({ dense, hiddenSize }: EncoderConfig): number {
  return dense ? dense.size : hiddenSize;
}

export function linearShape(config: EncoderConfig, part: LinearName) {
  const { hiddenSize, intermediateSize, outlierColumns } = config;
  const outputs: Record<LinearName, number> = {
    qkv: 3 * hiddenSize,
    output: hiddenSize,
    up: intermediateSize,
    down: hiddenSize,
    dense: outputSize(config),
  };
  return {
    inputs: part === 'down' ? intermediateSize : hiddenSize,
    outputs: outputs[part],
    outliers: part === 'output' || part === 'down' ? 0 : outlierColumns,
  };
}

/** Attention biases have this magnitude at most, so that no score leaves 32 bits. */
export const ATTENTION_BIAS_MAX = 2 ** 24;

/** Every tensor of the architecture, in the order in which shards hold them. */
export function encoderTensors(config: EncoderConfig): TensorShape[] {
  const { vocabularySize, positions, tokensMax, hiddenSize, heads, layers } = config;
  const norm = (name: string): TensorShape[] => [
    { name: `${name}.gamma`, dtype: 'i32', shape: [hiddenSize] },
    { name: `${name}.beta`, dtype: 'i32', shape: [hiddenSize] },
  ];
  const linear = (name: string, part: LinearName): TensorShape[] => {
    const { inputs, outputs, outliers } = linearShape(config, part);
    const tensors: TensorShape[] = [
      { name: `${name}.weight`, dtype: 'i8', shape: [outputs, inputs] },
      { name: `${name}.scale`, dtype: 'u16', shape: [outputs] },
      { name: `${name}.bias`, dtype: 'i32', shape: [outputs] },
    ];
    if (outliers > 0) tensors.push({ name: `${name}.outliers`, dtype: 'u16', shape: [outliers] });
    return tensors;
  };
  const tensors: TensorShape[] = [
    { name: 'embeddings.words', dtype: 'i8', shape: [vocabularySize, hiddenSize] },
    { name: 'embeddings.wordScale', dtype: 'u16', shape: [vocabularySize] },
    { name: 'embeddings.positions', dtype: 'i32', shape: [positions, hiddenSize] },
    ...norm('embeddings.norm'),
  ];
  if (config.attentionBias) {
    tensors.push({ name: 'attention.bias', dtype: 'i32', shape: [heads, 2 * tokensMax - 1] });
  }
  for (let layer = 0; layer < layers; layer++) {
    for (const part of layerParts) {
      const name = `layers.${layer}.${part}`;
      const isNorm = part === 'attentionNorm' || part === 'outputNorm';
      tensors.push(...(isNorm ? norm(name) : linear(name, part)));
    }
  }
  if (config.dense) tensors.push(...linear('dense', 'dense'));
  return tensors;
}

export interface ShiftRange {
  name: string;
  least: number;
  most: number;
}

/** Every shift of the architecture with the range that the norm gives it. */
export function encoderShifts(config: EncoderConfig): ShiftRange[] {
  const shifts: ShiftRange[] = [
    { name: 'embeddings.words', least: 1, most: 40 },
    { name: 'embeddings.norm', least: 1, most: 40 },
  ];
  for (let layer = 0; layer < config.layers; layer++) {
    for (const part of layerParts) {
      const isNorm = part === 'attentionNorm' || part === 'outputNorm';
      const [least, most] = isNorm ? [1, 40] : [24, 48];
      shifts.push({ name: `layers.${layer}.${part}`, least, most });
    }
  }
  if (config.dense) shifts.push({ name: 'dense', least: 24, most: 48 });
  return shifts;
}

/** log2(e) / (sqrt(headSize)·127²·2^24) · 2^14, as the norm's section 6 gives it. */
export function attentionScale(headSize: number): Dyadic {
  const value = Math.LOG2E / (Math.sqrt(headSize) * 127 * 127 * 2 ** 10);
  let shift = 0;
  while (value * 2 ** shift < 32767.5) shift++;
  return { mantissa: Math.round(value * 2 ** shift), shift };
}

/** The fields of a config that are no ranges of integers. */
export const configChoices = ['weightBits', 'attentionBias', 'pooling', 'dense'] as const;

interface ConfigRange {
  field: Exclude<keyof EncoderConfig, (typeof configChoices)[number]>;
  least: number;
  most: number;
  multiple: number;
}

export const configRanges: ConfigRange[] = [
  { field: 'vocabularySize', least: 1, most: limits.vocabularySizeMax, multiple: 1 },
  { field: 'positions', least: 1, most: 4096, multiple: 1 },
  { field: 'tokensMax', least: 1, most: limits.tokensMax, multiple: 1 },
  { field: 'hiddenSize', least: 16, most: limits.hiddenSizeMax, multiple: 16 },
  { field: 'intermediateSize', least: 16, most: limits.intermediateSizeMax, multiple: 16 },
  { field: 'heads', least: 1, most: 256, multiple: 1 },
  { field: 'layers', least: 1, most: limits.layersMax, multiple: 1 },
  { field: 'outlierColumns', least: 0, most: 64, multiple: 4 },
];

/** With larger heads a score could leave 32 bits (norm, section 7). */
const HEAD_SIZE_MAX = 256;

/** Why these numbers are not an allowed shape, or null where they are. */
export function findConfigFault(config: EncoderConfig): { field: string; why: string } | null {
  for (const { field, least, most, multiple } of configRanges) {
    const value = config[field];
    if (!Number.isInteger(value) || value < least || value > most || value % multiple !== 0) {
      const step = multiple > 1 ? `, a multiple of ${multiple}` : '';
      return { field, why: `expected ${least} to ${most}${step}` };
    }
  }
  const headSize = config.hiddenSize / config.heads;
  if (!Number.isInteger(headSize) || headSize % 4 !== 0 || headSize > HEAD_SIZE_MAX) {
    const why = `head size must be a multiple of 4, at most ${HEAD_SIZE_MAX}`;
    return { field: 'heads', why };
  }
  if (config.tokensMax > config.positions) {
    return { field: 'tokensMax', why: 'must not exceed positions' };
  }
  if (config.outlierColumns > config.hiddenSize) {
    return { field: 'outlierColumns', why: 'must not exceed hiddenSize' };
  }
  return findChoiceFault(config);
}

function findChoiceFault({ weightBits, attentionBias, pooling, dense }: EncoderConfig) {
  if (weightBits !== 7 && weightBits !== 8) return { field: 'weightBits', why: 'expected 7 or 8' };
  if (typeof attentionBias !== 'boolean') {
    return { field: 'attentionBias', why: 'expected true or false' };
  }
  if (pooling !== 'mean' && pooling !== 'cls') {
    return { field: 'pooling', why: 'expected "mean" or "cls"' };
  }
  if (dense === null) return null;
  const size = dense?.size;
  const most = limits.hiddenSizeMax;
  if (!Number.isInteger(size) || size < 16 || size > most || size % 16 !== 0) {
    return { field: 'dense', why: `size: expected 16 to ${most}, a multiple of 16, or no layer` };
  }
  if (dense.activation !== 'identity' && dense.activation !== 'tanh') {
    return { field: 'dense', why: 'activation: expected "identity" or "tanh"' };
  }
  return null;
}
