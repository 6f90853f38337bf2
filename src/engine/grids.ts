// How many workgroups a dispatch over `count` tokens (rows, in pool) needs, for each way in which
// the kernels share work out.
import type { Kernels } from './kernels.ts';

export type Grid = (count: number) => [number, number];

/** A workgroup to a token. */
export const perToken: Grid = (count) => [count, 1];

/** An invocation to each of a token's `columns`, or other parts. */
export function perColumn({ tuning }: Kernels, columns: number): Grid {
  return (count) => [Math.ceil(columns / tuning.lanes), count];
}

/** An invocation to a token and head, tokens side by side. */
export function perHead({ tuning }: Kernels, heads: number): Grid {
  return (count) => [Math.ceil(count / tuning.lanes), heads];
}

/** A workgroup to a tile of tokens and outputs. */
export function perTile({ tile }: Kernels, outputs: number): Grid {
  return (count) => [Math.ceil(outputs / tile.outputs), Math.ceil(count / tile.tokens)];
}
