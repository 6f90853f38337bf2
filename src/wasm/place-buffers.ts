// The working buffers of one encoder: a group of rows between layers, a block of tokens inside one.
import type { EncoderConfig } from '#model/encoder.ts';
import type { CommonKernels } from './kernels.ts';
import type { MemoryPlan } from './plan.ts';

/** Short rows share a group, so that weights are read once for many tokens. */
const GROUP_TOKENS = 240;
/**
 * Tokens that pass a linear layer together: their activations stay in the second-level cache. A
 * multiple of TILE_ROWS (assembly/tile.ts), which reads whole tiles.
 */
const BLOCK_TOKENS = 60;
const TILE_ROWS = 5;

export interface Buffers {
  groupTokens: number;
  blockTokens: number;
  /** u32 [groupTokens] */
  ids: number;
  /** i32 [groupTokens][hiddenSize], the residual stream */
  x: number;
  /** i32 [groupTokens][3 · hiddenSize] */
  qkv: number;
  /** i32 [groupTokens][hiddenSize] */
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
  /** i32 [TILE_ROWS][8] */
  sums: number;
  attentionScratch: number;
  /** i32 [hiddenSize] */
  pooled: number;
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
  const scratchBytes = kernels.attentionScratchBytes(tokensMax, hiddenSize / heads);
  return {
    groupTokens,
    blockTokens,
    ids: plan.place(4 * groupTokens),
    x: plan.place(groupTokens * rowBytes),
    qkv: plan.place(groupTokens * 3 * rowBytes),
    context: plan.place(groupTokens * rowBytes),
    hidden: plan.place(blockTokens * 4 * intermediateSize),
    q: plan.place(blockTokens * 2 * Math.max(hiddenSize, intermediateSize)),
    mantissas: plan.place(4 * blockTokens),
    exponents: plan.place(4 * blockTokens),
    terms: plan.place(4 * blockTokens),
    sums: plan.place(4 * TILE_ROWS * 8),
    attentionScratch: plan.place(scratchBytes),
    pooled: plan.place(rowBytes),
  };
}
