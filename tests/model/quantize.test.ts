// Weights to integers: scales fit, clipping and error feedback do lower the errors that they claim
// to lower, and outlier columns are those that stand out.
import { describe, expect, test } from 'vitest';
import { columnPower, findOutliers, type Samples } from '#model/calibrate.ts';
import { makeFeedback } from '#model/feedback.ts';
import { type QuantizeOptions, quantizeMatrix } from '#model/quantize.ts';
import { makeRandom } from '#model/synthetic.ts';

const columns = 48;
const rows = 16;
const random = makeRandom(9);
/** Nearly normal, with a long tail now and then. */
const draw = () => {
  const sum = Array.from({ length: 8 }, () => random(2001) - 1000).reduce((a, b) => a + b, 0);
  return random(40) === 0 ? sum * 4 : sum;
};
const weight = Float32Array.from({ length: rows * columns }, () => draw() / 20_000);
/** Correlated columns, as activations are. */
const samples: Samples = Array.from({ length: 200 }, () => {
  const common = draw();
  return Int32Array.from({ length: columns }, (_, k) => draw() + (k % 3) * common);
});

function quantize(changes: Partial<QuantizeOptions>) {
  const options = { limit: 63, factor: 1 / 127, shiftLeast: 24, shiftMost: 48, clipSteps: 0 };
  return quantizeMatrix('test', weight, columns, { ...options, ...changes });
}

/** Mean square of what the rounding of weights does to the outputs. */
function outputError({ values, scale, shift }: ReturnType<typeof quantize>): number {
  let error = 0;
  for (const x of samples) {
    for (let n = 0; n < rows; n++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) {
        const at = n * columns + k;
        sum += x[k] * (weight[at] - (values[at] * scale[n] * 127) / 2 ** shift);
      }
      error += sum * sum;
    }
  }
  return error / samples.length / rows;
}

describe('quantizeMatrix', () => {
  test('uses the whole range and 16-bit mantissas', () => {
    const { values, scale, shift } = quantize({});
    expect(Math.max(...values.map(Math.abs))).toBe(63);
    expect(Math.max(...scale)).toBeGreaterThan(32767);
    expect(shift).toBeGreaterThan(24);
    const worst = Math.max(...scale) * 127 * 2 ** -shift;
    weight.forEach((value, at) => {
      const real = (values[at] * scale[Math.floor(at / columns)] * 127) / 2 ** shift;
      expect(Math.abs(value - real)).toBeLessThan(0.51 * worst);
    });
  });

  test('lowers the error by clipping, and again by feedback', () => {
    const nearest = outputError(quantize({}));
    const clipped = outputError(quantize({ importance: columnPower(samples), clipSteps: 24 }));
    const fed = outputError(quantize({ feedback: makeFeedback(samples, columns) }));
    const inBlocks = outputError(quantize({ feedback: makeFeedback(samples, columns / 2) }));
    expect(clipped).toBeLessThan(nearest);
    expect(fed).toBeLessThan(0.6 * nearest);
    expect(inBlocks).toBeLessThan(0.8 * nearest);
  });

  test('keeps rows of zeros at zero', () => {
    const zeros = new Float32Array(2 * columns).fill(0.25, columns);
    const options = { limit: 127, factor: 1, shiftLeast: 1, shiftMost: 40, clipSteps: 24 };
    const { values, scale } = quantizeMatrix('zeros', zeros, columns, options);
    expect(scale[0]).toBe(0);
    expect(values.subarray(0, columns).every((value) => value === 0)).toBe(true);
    expect(values[columns]).toBe(127);
  });
});

test('outliers are the columns that stand above the others, in ascending order', () => {
  const shown = samples.map((row) => row.map((value, k) => (k === 7 || k === 40 ? 90_000 : value)));
  const found = findOutliers(shown, 4);
  expect(found).toHaveLength(4);
  expect([...found]).toEqual([...found].sort((a, b) => a - b));
  expect([...found]).toEqual(expect.arrayContaining([7, 40]));
  expect(findOutliers(shown, 0)).toHaveLength(0);
});
