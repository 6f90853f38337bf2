// Tones through the filter: those that both rates can hold come out as they were, those that the
// lower one cannot hold are gone.
import { describe, expect, test } from 'vitest';
import { resample } from '#speech/resample.ts';

const pause = () => {};
const to = 16_000;

function tone(hz: number, rate: number, length = rate / 4): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));
}

/** Power of the difference over that of a tone, in dB, away from both ends. */
function difference(given: Float32Array, wanted: Float32Array): number {
  let sum = 0;
  const edge = 800;
  for (let i = edge; i < given.length - edge; i++) sum += (given[i] - wanted[i]) ** 2;
  return 10 * Math.log10((2 * sum) / (given.length - 2 * edge));
}

describe.each([8_000, 11_025, 22_050, 44_100, 48_000, 96_000])('from %d', (from) => {
  const heard = [100, 1_000, 3_000, 6_000, 7_000].filter((hz) => hz < 0.43 * from);
  test.each(heard)('%d Hz comes out as it was', async (hz) => {
    const output = await resample(tone(hz, from), { from, to, pause });
    expect(output).toHaveLength(to / 4);
    expect(difference(output, tone(hz, to))).toBeLessThan(-90);
  });

  const folding = [8_600, 9_000, 12_000, 20_000].filter((hz) => hz < from / 2);
  test.each(folding)('%d Hz is gone', async (hz) => {
    const output = await resample(tone(hz, from), { from, to, pause });
    expect(difference(output, new Float32Array(to / 4))).toBeLessThan(-90);
  });
});

test('the same rate costs nothing, and a constant stays what it is', async () => {
  const samples = tone(440, to);
  expect(await resample(samples, { from: to, to, pause })).toBe(samples);
  const output = await resample(new Float32Array(4_410).fill(0.5), { from: 44_100, to, pause });
  expect(Math.max(...output.slice(400, 1_200).map((value) => Math.abs(value - 0.5)))).toBeLessThan(
    1e-6,
  );
});

test('it pauses as it goes', async () => {
  let pauses = 0;
  const output = await resample(new Float32Array(100_000), {
    from: 48_000,
    to: 24_000,
    pause: () => void pauses++,
  });
  expect(pauses).toBe(Math.floor(output.length / 16_384));
});
