// assembly/embed.ts against the norm's first step.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeRandom } from '#model/synthetic.ts';
import { requantize, saturate } from '#reference/arithmetic.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});

describe('embedRow', () => {
  test.each([1, 2, 6, 16, 22, 23, 24, 25, 26, 40])('a word shift of %i', (shift) => {
    const random = makeRandom(shift);
    const [vocabulary, columns, tokens] = [9, 48, 11];
    const words = Int8Array.from({ length: vocabulary * columns }, (_, i) =>
      i % 7 === 0 ? (i % 2 ? 127 : -127) : random(255) - 127,
    );
    const wordScale = Uint16Array.from(
      { length: vocabulary },
      (_, i) => [65535, 1, 0, 32768][i % 4],
    );
    const positions = Int32Array.from({ length: tokens * columns }, (_, i) =>
      i % 5 === 0 ? 2 ** 30 * (i % 2 ? 1 : -1) : random(2 ** 20) - 2 ** 19,
    );
    const ids = Uint32Array.from({ length: tokens }, () => random(vocabulary));
    const x = bench.place(4 * tokens * columns);
    bench.kernels.embedRow(
      bench.put(ids),
      tokens,
      bench.put(words),
      bench.put(wordScale),
      shift,
      bench.put(positions),
      columns,
      x,
    );
    const expected = positions.map((position, at) => {
      const id = ids[Math.floor(at / columns)];
      const word = words[id * columns + (at % columns)];
      return saturate(requantize(word, wordScale[id], shift) + position);
    });
    expect(bench.words(x, expected.length)).toEqual(expected);
    bench.clear();
  });
});
