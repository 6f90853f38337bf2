// Turns float weights into integers and dyadic scales, for the importer. What it computes decides
// a model's id, so it uses only + - * / and sqrt on doubles, which IEEE 754 fixes to the bit.
import { IdlewildError } from '#protocol/errors.ts';
import { clamp } from './clamp.ts';
import { type FeedbackBlock, roundWithFeedback } from './feedback.ts';

export interface QuantizedMatrix {
  /** [rows, columns]. */
  values: Int8Array;
  /** u16 mantissas, one per row: the real scale is `scale · 2^-shift`. */
  scale: Uint16Array;
  shift: number;
}

export interface QuantizeOptions {
  /** Largest magnitude of an integer weight: 127 or 63. */
  limit: number;
  /** Folded into the mantissas: real scale · factor = mantissa · 2^-shift. */
  factor: number;
  shiftLeast: number;
  shiftMost: number;
  /** How much an error in each column matters, from calibration; all alike where absent. */
  importance?: Float64Array | undefined;
  /** Trades rounding errors between columns; each weight to its nearest where absent. */
  feedback?: FeedbackBlock[] | undefined;
  /** Steps of the search for a clipping scale; 0 keeps the largest weight whole. */
  clipSteps: number;
}

/** Each step shrinks the scale by a hundredth of the one that clips nothing. */
const CLIP_STEP = 0.01;

/** Symmetric integers per row, with the scale of least (weighted) squared error. */
export function quantizeMatrix(
  name: string,
  weight: Float32Array,
  columns: number,
  options: QuantizeOptions,
): QuantizedMatrix {
  const rows = weight.length / columns;
  const readRow = (row: number) =>
    new Float64Array(weight.subarray(row * columns, (row + 1) * columns));
  const reals = Float64Array.from({ length: rows }, (_, row) => findScale(readRow(row), options));
  const { scale, shift } = makeMantissas(name, reals, options);
  const values = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const step = scale[row] / 2 ** shift / options.factor;
    if (step === 0) continue;
    const target = values.subarray(row * columns, (row + 1) * columns);
    roundRow(readRow(row), target, step, options);
  }
  return { values, scale, shift };
}

function roundRow(
  weight: Float64Array,
  values: Int8Array,
  step: number,
  { limit, feedback }: QuantizeOptions,
): void {
  if (feedback) {
    roundWithFeedback(weight, values, feedback, { step, limit });
    return;
  }
  for (let k = 0; k < values.length; k++) values[k] = clamp(Math.round(weight[k] / step), limit);
}

/** The real step of one row. */
function findScale(row: Float64Array, options: QuantizeOptions): number {
  let most = 0;
  for (const value of row) most = Math.max(most, Math.abs(value));
  const whole = most / options.limit;
  let best = whole;
  let bestError = Infinity;
  for (let step = 0; whole > 0 && step <= options.clipSteps; step++) {
    const scale = whole * (1 - step * CLIP_STEP);
    const error = squaredError(row, scale, options);
    if (error < bestError) {
      best = scale;
      bestError = error;
    }
  }
  return best;
}

function squaredError(row: Float64Array, scale: number, options: QuantizeOptions): number {
  const { limit, importance } = options;
  const inverse = 1 / scale;
  let error = 0;
  for (let k = 0; k < row.length; k++) {
    const difference = row[k] - scale * clamp(Math.round(row[k] * inverse), limit);
    error += difference * difference * (importance ? importance[k] : 1);
  }
  return error;
}

/** The largest shift with which every mantissa fits 16 bits. */
function makeMantissas(
  name: string,
  reals: Float64Array,
  { factor, shiftLeast, shiftMost }: Pick<QuantizeOptions, 'factor' | 'shiftLeast' | 'shiftMost'>,
): { scale: Uint16Array; shift: number } {
  const most = reals.reduce((a, b) => Math.max(a, b), 0) * factor;
  let shift = shiftMost;
  while (shift > shiftLeast && Math.round(most * 2 ** shift) > 65535) shift--;
  if (!(Math.round(most * 2 ** shift) <= 65535)) {
    throw new IdlewildError('model/scale', `${name}: its weights are too large to quantize.`);
  }
  return {
    scale: Uint16Array.from(reals, (real) => Math.round(real * factor * 2 ** shift)),
    shift,
  };
}

/** Q12 or Q16 words of real values. @throws model/scale beyond ±2^30 */
export function toFixed(name: string, values: ArrayLike<number>, fractionBits: number): Int32Array {
  return Int32Array.from(values, (value) => {
    const fixed = Math.round(value * 2 ** fractionBits);
    if (!(Math.abs(fixed) <= 2 ** 30)) {
      throw new IdlewildError('model/scale', `${name}: ${value} is not a usable value.`);
    }
    return fixed;
  });
}
