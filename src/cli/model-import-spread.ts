// How far apart two ways to compute the same came out, and the tolerance that this asks for.
import type { Closeness } from '#protocol/comparison.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';

/** By output. */
export type Spread = Record<string, Closeness>;

/** An element below this share of the output's largest says nothing by its relative error. */
const smallShare = 0.01;
/** What float32 kernels of different orders are apart at least, of the output's largest element. */
const absoluteShareMin = 1e-6;
const relativeMin = 1e-5;
const cosineGapMin = 1e-9;

const noSpread: Closeness = { absolute: 0, relative: 0, cosine: 1 };

/** @throws onnx/not-finite where an output is no number: such a model cannot be compared */
export function measureSpread(a: TensorMap, b: TensorMap): Spread {
  return Object.fromEntries(
    Object.keys(a).map((name) => {
      const [left, right] = [readElements(a[name]), readElements(b[name])];
      if (left.length !== right.length) {
        throw new IdlewildError('onnx/unsteady', `Output ${name} has another length each time.`);
      }
      return [name, compare(left, right, name)];
    }),
  );
}

function compare(left: ArrayLike<number>, right: ArrayLike<number>, name: string): Closeness {
  const largest = Math.max(largestOf(left), largestOf(right));
  if (!Number.isFinite(largest)) {
    throw new IdlewildError('onnx/not-finite', `Output ${name} of the example is not finite.`, {
      metaMessages: ['Say what its inputs are: --range INPUT=LOWEST,HIGHEST'],
    });
  }
  let [absolute, relative, product, leftSquares, rightSquares] = [0, 0, 0, 0, 0];
  for (let i = 0; i < left.length; i++) {
    const difference = Math.abs(left[i] - right[i]);
    const size = Math.max(Math.abs(left[i]), Math.abs(right[i]));
    absolute = Math.max(absolute, difference);
    if (size > smallShare * largest) relative = Math.max(relative, difference / size);
    product += left[i] * right[i];
    leftSquares += left[i] ** 2;
    rightSquares += right[i] ** 2;
  }
  const norm = Math.sqrt(leftSquares * rightSquares);
  return { absolute, relative, cosine: norm > 0 ? Math.min(1, product / norm) : 1 };
}

/** Of the absolute values; NaN where one is. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (!(size <= largest)) largest = size;
  }
  return largest;
}

export function widestOf(spreads: readonly Spread[]): Spread {
  const widest: Spread = {};
  for (const spread of spreads) {
    for (const [name, found] of Object.entries(spread)) {
      const held = widest[name] ?? noSpread;
      widest[name] = {
        absolute: Math.max(held.absolute, found.absolute),
        relative: Math.max(held.relative, found.relative),
        cosine: Math.min(held.cosine, found.cosine),
      };
    }
  }
  return widest;
}

/** Up to 1, 2 or 5 times a power of ten, so that small differences give one manifest. */
function roundUp(value: number): number {
  if (value === 0) return 0;
  const power = Math.floor(Math.log10(value));
  for (const [digit, exponent] of [
    [1, power],
    [2, power],
    [5, power],
    [1, power + 1],
  ]) {
    // By its digits: a product of powers would not be the number that JSON shows.
    const rounded = Number(`${digit}e${exponent}`);
    if (rounded >= value) return rounded;
  }
  return Number(`1e${power + 1}`);
}

/**
 * A tolerance `margin` times the spread, and never narrower than float32's own.
 * @param largest of the output's elements
 */
function tolerate(spread: Closeness, largest: number, margin: number): Closeness {
  // Cosine falls with the square of the differences.
  const gap = Math.max(cosineGapMin, (1 - spread.cosine) * margin ** 2);
  return {
    absolute: roundUp(Math.max(spread.absolute * margin, largest * absoluteShareMin)),
    relative: roundUp(Math.max(spread.relative * margin, relativeMin)),
    cosine: Math.max(-1, 1 - roundUp(gap)),
  };
}

/** As the manifest keeps it: rounded, so that it does not name the machine. */
export function roundSpread(spread: Spread): Spread {
  return Object.fromEntries(
    Object.entries(spread).map(([name, { absolute, relative, cosine }]) => [
      name,
      {
        absolute: roundUp(absolute),
        relative: roundUp(relative),
        cosine: Math.max(-1, 1 - roundUp(Math.max(0, 1 - cosine))),
      },
    ]),
  );
}

/** Each output's, from its spread and its largest element among the rows. */
export function tolerateAll(spread: Spread, rows: readonly TensorMap[], margin: number): Spread {
  return Object.fromEntries(
    Object.entries(spread).map(([name, found]) => {
      const largest = Math.max(...rows.map((row) => largestOf(readElements(row[name]))));
      return [name, tolerate(found, largest, margin)];
    }),
  );
}

/**
 * One for every output, by somebody who knows what its numbers mean.
 * @throws onnx/compare where this machine's own ways to run the model are further apart
 */
export function tolerateGiven(spread: Spread, given: Closeness): Spread {
  for (const [name, { absolute, relative, cosine }] of Object.entries(spread)) {
    const isNarrower = absolute > given.absolute && relative > given.relative;
    if (!isNarrower && cosine >= given.cosine) continue;
    const message = `Output ${name} differs here by more than --tolerance allows.`;
    throw new IdlewildError('onnx/compare', message, {
      metaMessages: [`Measured: ${absolute},${relative},${cosine}.`],
    });
  }
  return Object.fromEntries(Object.keys(spread).map((name) => [name, given]));
}
