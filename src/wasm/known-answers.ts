// Known answers for the relaxed dot, raw: tiles whose sums are computed here in plain TypeScript.
// They are asked when the lane is chosen, until the engine's compilers have settled, and again
// after every call of an encoder: an engine that compiles a loop anew may get it wrong then.
import { makeRandom } from '#model/synthetic.ts';
import type { RelaxedKernels } from './kernels.ts';
import type { Placer } from './lane.ts';
import type { RelaxedForm } from './relaxed-lane.ts';

const TILE_ROWS = 5;
const TILE_COLUMNS = 8;

interface Case {
  /** Quads of the outliers' high plane, and of all columns. */
  high: number;
  quads: number;
  activation: () => number;
  /** 1..127. */
  weight: () => number;
}

const random = makeRandom(127);
const anyActivation = () => random(256) - 128;
const anyWeight = () => 1 + random(127);
const either = (a: number, b: number) => () => (random(2) === 0 ? a : b);

const cases: Case[] = [
  { high: 0, quads: 1, activation: anyActivation, weight: anyWeight },
  { high: 1, quads: 3, activation: anyActivation, weight: anyWeight },
  { high: 4, quads: 97, activation: anyActivation, weight: anyWeight },
  { high: 16, quads: 16, activation: () => -127, weight: () => 127 },
  { high: 16, quads: 16, activation: () => 127, weight: () => 127 },
  { high: 0, quads: 25, activation: () => -128, weight: () => 127 },
  { high: 0, quads: 25, activation: () => -128, weight: () => 1 },
  { high: 2, quads: 33, activation: either(-128, 127), weight: either(1, 127) },
  { high: 0, quads: 1024, activation: () => 127, weight: () => 127 },
  { high: 0, quads: 384, activation: either(-127, 127), weight: either(63, 64) },
];

/** Reads [quads][8][4] bytes: the weight of input k and column n. */
const weightAt = (k: number, n: number) => (k >> 2) * 4 * TILE_COLUMNS + 4 * n + (k & 3);

function sumTile(a: Int8Array, panel: Uint8Array, { high, quads }: Case): Int32Array {
  const inputs = 4 * (high + quads);
  return Int32Array.from({ length: TILE_ROWS * TILE_COLUMNS }, (_, at) => {
    const [row, column] = [Math.floor(at / TILE_COLUMNS), at % TILE_COLUMNS];
    let sum = 0;
    for (let k = 0; k < inputs; k++) {
      if (k === 4 * high) sum *= 128;
      sum += a[row * inputs + k] * panel[weightAt(k, column)];
    }
    return sum;
  });
}

/** True while the form's loop gives every known sum. */
export type Ask = (form: RelaxedForm) => boolean;

function makeTiles() {
  return cases.map((one) => {
    const stride = 4 * (one.high + one.quads);
    const a = Int8Array.from({ length: TILE_ROWS * stride }, one.activation);
    const panel = Uint8Array.from({ length: TILE_COLUMNS * stride }, one.weight);
    return { ...one, stride, a, panel, expected: sumTile(a, panel, one) };
  });
}

/** Made once: every encoder is watched by them. */
let tiles: ReturnType<typeof makeTiles> | null = null;

export function placeKnownAnswers(kernels: RelaxedKernels, placer: Placer): Ask {
  tiles ??= makeTiles();
  const placed = tiles.map((tile) => ({
    ...tile,
    a: placer.copy(tile.a),
    panel: placer.copy(tile.panel),
  }));
  const sums = placer.copy(new Int32Array(TILE_ROWS * TILE_COLUMNS));
  return (form) => {
    const kernel = form === 'fused' ? kernels.multiplyBytesFused : kernels.multiplyBytes;
    return placed.every(({ a, stride, panel, high, quads, expected }) => {
      kernel(a, stride, panel, high, quads, sums, 4 * TILE_COLUMNS);
      const given = new Int32Array(kernels.memory.buffer, sums, expected.length);
      return expected.every((sum, at) => given[at] === sum);
    });
  };
}
