// Whisper's spectrogram against a second source (numpy with librosa's formulas, run once, its values
// below) and against a plain transform by the definition.
import { describe, expect, test } from 'vitest';
import { createFourier } from '#speech/fourier.ts';
import { createLogMel, melBands, windowFrames } from '#speech/log-mel.ts';
import { makeMelFilters } from '#speech/mel-filters.ts';

const pause = () => {};

/** A second of a rising tone. */
const chirp = Float32Array.from({ length: 16_000 }, (_, i) => {
  const t = i / 16_000;
  return 0.5 * Math.sin(2 * Math.PI * (100 * t + 1750 * t * t));
});

/** [band, frame, value] */
const published: [number, number, number][] = [
  [0, 0, 1.361603],
  [0, 1, 0.863383],
  [0, 50, -0.55484],
  [0, 98, -0.55484],
  [0, 99, -0.177908],
  [1, 0, 1.358193],
  [1, 1, 1.185111],
  [10, 0, 0.70523],
  [10, 1, 0.234781],
  [10, 99, -0.174585],
  [40, 0, 0.082964],
  [40, 1, -0.426099],
  [40, 50, 0.755611],
  [40, 99, -0.105158],
  [60, 0, -0.227318],
  [60, 98, 0.746156],
  [60, 99, 1.041535],
  [79, 0, -0.403938],
  [79, 98, -0.55484],
  [79, 99, -0.244729],
];

test.each([400, 6, 30, 32])('a transform of %d points is the one by definition', (length) => {
  const frame = Float64Array.from({ length }, (_, i) => Math.sin(i * i));
  const power = new Float64Array(Math.floor(length / 2) + 1);
  createFourier(length).power(frame, power);
  power.forEach((value, k) => {
    let real = 0;
    let imaginary = 0;
    frame.forEach((sample, i) => {
      real += sample * Math.cos((2 * Math.PI * i * k) / length);
      imaginary -= sample * Math.sin((2 * Math.PI * i * k) / length);
    });
    expect(value).toBeCloseTo(real ** 2 + imaginary ** 2, 9);
  });
});

test('a length that is odd, or has a large prime factor, is refused', () => {
  expect(() => createFourier(401)).toThrow(/odd/);
  expect(() => createFourier(402)).toThrow(/prime factor/);
});

test("the filters are librosa's", () => {
  const filters = makeMelFilters(80, 400, 16_000);
  expect(filters).toHaveLength(80);
  expect(filters[0].first).toBe(1);
  expect(filters[0].weights[0]).toBeCloseTo(0.02486259, 8);
  expect(Math.max(...filters[79].weights)).toBeCloseTo(0.003164711739, 10);
  expect(filters[40].first + filters[40].weights.indexOf(Math.max(...filters[40].weights))).toBe(
    43,
  );
  const total = filters.reduce((sum, { weights }) => sum + weights.reduce((a, b) => a + b, 0), 0);
  expect(total).toBeCloseTo(1.9990241029, 8);
});

describe('the spectrogram', () => {
  test('has the values that numpy gives', async () => {
    const mel = await createLogMel(chirp, pause);
    expect(mel.frames).toBe(100);
    const window = mel.window(0, mel.frames);
    expect(window).toHaveLength(melBands * windowFrames);
    for (const [band, frame, value] of published) {
      expect(window[band * windowFrames + frame]).toBeCloseTo(value, 5);
    }
  });

  test('a window that is not full ends in zeros, one further on is the same frames', async () => {
    const mel = await createLogMel(chirp, pause);
    const whole = mel.window(0, 100);
    const part = mel.window(60, 30);
    for (const band of [0, 40, 79]) {
      const row = band * windowFrames;
      expect(part.subarray(row, row + 30)).toEqual(whole.subarray(row + 60, row + 90));
      expect(part.subarray(row + 30, row + windowFrames).every((value) => value === 0)).toBe(true);
    }
  });

  test('the range hangs from the loudest of all, wherever the window lies', async () => {
    const quiet = chirp.map((sample, i) => (i < 8_000 ? sample : sample * 1e-6));
    const mel = await createLogMel(quiet as Float32Array, pause);
    const most = (values: Float32Array) => values.reduce((a, b) => Math.max(a, b));
    const top = most(mel.window(0, 100));
    const rest = mel.window(60, 30).filter((value) => value !== 0);
    expect(most(rest)).toBeCloseTo(top - 2, 5);
  });

  test('silence, and sound shorter than a frame', async () => {
    const silent = await createLogMel(new Float32Array(1_600), pause);
    expect(silent.frames).toBe(10);
    // log10(1e-10) = -10; the range of 8 below the loudest does not reach it.
    expect(silent.window(0, 10)[0]).toBe(-1.5);
    expect((await createLogMel(new Float32Array(100), pause)).frames).toBe(0);
  });
});
