// assembly/pool.ts against the norm's last steps: sums, first tokens, means and tanh.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeRandom } from '#model/synthetic.ts';
import { makeTanhTable } from '#model/tables.ts';
import { tanh } from '#reference/arithmetic.ts';
import { makeActivations, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});

describe('poolRow', () => {
  test.each([1, 2, 5, 512])('%i tokens', (tokens) => {
    const columns = 48;
    for (const kind of ['any', 'greatest', 'least'] as const) {
      const x = makeActivations(kind, tokens * columns, makeRandom(tokens));
      const output = bench.place(4 * columns);
      bench.kernels.poolRow(bench.put(x), tokens, columns, output);
      const expected = new Int32Array(columns);
      x.forEach((value, at) => {
        expected[at % columns] += value;
      });
      expect(bench.words(output, columns)).toEqual(expected);
      bench.clear();
    }
  });
});

describe('divideRow', () => {
  test.each([1, 2, 3, 4, 7, 64, 511, 512])(
    '%i tokens: rounded half up, below zero too',
    (count) => {
      const most = count * (2 ** 21 - 1);
      const random = makeRandom(count);
      const edges = [0, 1, -1, most, -most, count >> 1, -(count >> 1), -((count + 1) >> 1)];
      const sums = Int32Array.from({ length: 64 }, (_, at) =>
        at < edges.length ? edges[at] : random(2 * most + 1) - most,
      );
      const x = bench.put(sums);
      bench.kernels.divideRow(x, count, sums.length);
      const expected = sums.map((sum) => Math.floor((sum + Math.floor(count / 2)) / count));
      expect(bench.words(x, sums.length)).toEqual(expected);
      bench.clear();
    },
  );
});

describe('bendRow', () => {
  function expectTanh(values: Int32Array, expected: Int32Array) {
    const x = bench.put(values);
    bench.kernels.bendRow(x, values.length, bench.put(makeTanhTable()));
    expect(bench.words(x, values.length)).toEqual(expected);
    bench.clear();
  }

  test('every value below 8 and the ends of the range', () => {
    const table = makeTanhTable();
    const below = Array.from({ length: 2 * 32770 + 1 }, (_, at) => at - 32770);
    const values = Int32Array.from([...below, 2 ** 21 - 1, 1 - 2 ** 21, 65536, -65536]);
    expectTanh(
      values,
      values.map((value) => tanh(value, table)),
    );
  });

  test('the known answers of primitives.json', () => {
    const file = path.resolve(import.meta.dirname, '../vectors/primitives.json');
    const known = JSON.parse(readFileSync(file, 'utf8')) as { tanh: [number, number][] };
    expectTanh(
      Int32Array.from(known.tanh, ([x]) => x),
      Int32Array.from(known.tanh, ([, y]) => y),
    );
  });
});
