// The working buffers of one encoder: a group of rows between layers, a block of tokens inside one.
import { outputSize } from '#model/architecture.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import type { CommonKernels } from './kernels.ts';
import type { MemoryPlan } from './plan.ts';

/** Short rows share a group, so that weights are read once for many tokens. */
const GROUP_TOKENS = 240;
/**
 * Tokens that pass a linear layer together. Weights are read once a block, and where other programs
 * use the shared cache too that counts for more than activations in a near one: whole MiniLM on two
 * busy cores takes 1.10 times the CPU time with 60, 0.98 with 520, where a step is no longer short.
 * A multiple of twice TILE_ROWS (assembly/tile.ts): halves of a block are read as whole tiles.
 */
const BLOCK_TOKENS = 260;

export interface Buffers {
  groupTokens: number;
  blockTokens: number;
  /** u32 [groupTokens] */
  ids: number;
  /** i32 [groupTokens][hiddenSize], the residual stream */
  x: number;
  /** i32 [groupTokens][3 · hiddenSize] */
  qkv: number;
  /** i32 [groupTokens][hiddenSize]; after the last layer a group's pooled rows */
  context: number;
  /** i32 [blockTokens][intermediateSize] */
  hidden: number;
  /** i16 [blockTokens][the wider of hidden and intermediate size]; bytes with planes are no more */
  q: number;
  /** u32 and i32 [blockTokens] */
  mantissas: number;
  exponents: number;
  /** i32 [blockTokens], of the relaxed lane */
  terms: number;
  /** i32 [blockTokens][8], of the relaxed lane */
  sums: number;
  /** i16 [5][blockTokens / 2][half the wider size], of plain SIMD */
  quarters: number;
  /** i16 [7][half the wider size][8], of plain SIMD: the weights of sixteen outputs */
  panels: number;
  /** i32 [7][blockTokens / 2][8], of plain SIMD */
  products: number;
  attentionScratch: number;
  /** i32 [blockTokens][outputSize], where the model has a dense layer */
  outputs: number;
}

export function placeBuffers(
  config: EncoderConfig,
  kernels: CommonKernels,
  plan: MemoryPlan,
): Buffers {
  const { hiddenSize, intermediateSize, tokensMax, heads } = config;
  const groupTokens = Math.max(GROUP_TOKENS, tokensMax);
  const blockTokens = BLOCK_TOKENS;
  const rowBytes = 4 * hiddenSize;
  const widest = Math.max(hiddenSize, intermediateSize);
  const scratchBytes = kernels.attentionScratchBytes(tokensMax, hiddenSize / heads);
  return {
    groupTokens,
    blockTokens,
    ids: plan.place(4 * groupTokens),
    x: plan.place(groupTokens * rowBytes),
    qkv: plan.place(groupTokens * 3 * rowBytes),
    context: plan.place(groupTokens * rowBytes),
    hidden: plan.place(blockTokens * 4 * intermediateSize),
    q: plan.place(blockTokens * 2 * widest),
    mantissas: plan.place(4 * blockTokens),
    exponents: plan.place(4 * blockTokens),
    terms: plan.place(4 * blockTokens),
    sums: plan.place(32 * blockTokens),
    quarters: plan.place((blockTokens * 5 * widest) / 2),
    panels: plan.place(56 * widest),
    products: plan.place((7 * 32 * blockTokens) / 2),
    attentionScratch: plan.place(scratchBytes),
    outputs: plan.place(config.dense ? blockTokens * 4 * outputSize(config) : 0),
  };
}
