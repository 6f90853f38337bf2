// One layer over one group of rows (norm, section 6), step by step: a step is a block of tokens in
// the dense layers or one row in attention, so that a caller can stop between any two.
import type { Dyadic, EncoderConfig } from '#model/encoder.ts';
import type { CommonKernels } from './kernels.ts';
import type { Dense } from './lane.ts';
import type { Buffers } from './place-buffers.ts';
import type { PlacedLayer, PlacedNorm, PlacedWeights } from './place-weights.ts';

/** Everything that a step touches. */
export interface Machine {
  kernels: CommonKernels;
  config: EncoderConfig;
  attention: Dyadic;
  weights: PlacedWeights;
  buffers: Buffers;
  /** Whether the kernels still give known answers. */
  isSound(): boolean;
}

/** Consecutive rows that are computed together. */
export interface Group {
  /** Index of the first row. */
  row: number;
  lengths: number[];
  tokens: number;
}

/** Multiply-adds of one token in a linear layer, as model/cost.ts counts them. */
function linearCost(config: EncoderConfig, { inputs, outputs, hasOutliers }: Dense): number {
  return outputs * (inputs + (hasOutliers ? config.outlierColumns : 0));
}

function normalize(machine: Machine, norm: PlacedNorm, rows: number, x: number) {
  const { hiddenSize } = machine.config;
  machine.kernels.normalizeRows(x, rows, hiddenSize, norm.gamma, norm.beta, norm.shift);
}

/** The first and the number of each block of `tokens`, or of rows of as many. */
export function* blocks(machine: Machine, tokens: number): Generator<[number, number]> {
  const { blockTokens } = machine.buffers;
  for (let at = 0; at < tokens; at += blockTokens) yield [at, Math.min(blockTokens, tokens - at)];
}

/** Words and positions to x, normalized; costs no multiply-adds. */
export function embedGroup(machine: Machine, group: Group, rows: readonly Uint32Array[]): void {
  const { kernels, config, weights, buffers } = machine;
  const { words, wordScale, wordShift, positions, norm } = weights;
  const { hiddenSize } = config;
  let x = buffers.x;
  for (const [index, length] of group.lengths.entries()) {
    const ids = new Uint32Array(kernels.memory.buffer, buffers.ids, length);
    ids.set(rows[group.row + index]);
    const { embedRow } = kernels;
    embedRow(buffers.ids, length, words, wordScale, wordShift, positions, hiddenSize, x);
    x += 4 * hiddenSize * length;
  }
  normalize(machine, norm, group.tokens, buffers.x);
}

/** Yields the multiply-adds of each step after it has run. */
export function* runLayer(machine: Machine, layer: PlacedLayer, group: Group): Generator<number> {
  const { config, buffers } = machine;
  const rowBytes = 4 * config.hiddenSize;
  for (const [token, count] of blocks(machine, group.tokens)) {
    layer.qkv.quantize(buffers.x + token * rowBytes, count);
    layer.qkv.multiply(buffers.qkv + 3 * token * rowBytes, count, false);
    yield count * linearCost(config, layer.qkv);
  }
  yield* attend(machine, group);
  for (const [token, count] of blocks(machine, group.tokens)) {
    const x = buffers.x + token * rowBytes;
    layer.output.quantize(buffers.context + token * rowBytes, count);
    layer.output.multiply(x, count, true);
    normalize(machine, layer.attentionNorm, count, x);
    yield count * linearCost(config, layer.output);
    yield* feedForward(machine, layer, count, x);
  }
}

function* attend({ kernels, config, attention, weights, buffers }: Machine, group: Group) {
  const { hiddenSize, heads, tokensMax } = config;
  const { attentionBias, exponentials } = weights;
  let { qkv, context } = buffers;
  for (const length of group.lengths) {
    kernels.attendRow(
      qkv,
      length,
      hiddenSize,
      heads,
      attention.mantissa,
      attention.shift,
      attentionBias,
      tokensMax,
      exponentials,
      buffers.attentionScratch,
      context,
    );
    qkv += 3 * 4 * hiddenSize * length;
    context += 4 * hiddenSize * length;
    yield 2 * length * length * hiddenSize;
  }
}

function* feedForward(machine: Machine, layer: PlacedLayer, count: number, x: number) {
  const { config, weights, buffers } = machine;
  const { hidden } = buffers;
  layer.up.quantize(x, count);
  layer.up.multiply(hidden, count, false);
  yield count * linearCost(config, layer.up);
  layer.down.activate(hidden, count, weights.geluTails);
  layer.down.multiply(x, count, true);
  normalize(machine, layer.outputNorm, count, x);
  yield count * linearCost(config, layer.down);
}
