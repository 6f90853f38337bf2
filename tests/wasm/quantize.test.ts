// assembly/quantize.ts and gelu.ts against the oracle: powers of two, every value of the table.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeRandom } from '#model/synthetic.ts';
import { makeGeluTable } from '#model/tables.ts';
import { gelu } from '#reference/arithmetic.ts';
import { type QuantizedRow, quantizeRow, quantizeShiftedRow } from '#reference/rows.ts';
import { outlierMask } from '#wasm/lane.ts';
import { makeGeluTails } from '#wasm/place-weights.ts';
import { activationKinds, makeActivations, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});

/** Rows of all kinds, one after another. */
function makeRows(columns: number, seed: number): Int32Array[] {
  const random = makeRandom(seed);
  return activationKinds.map((kind) => makeActivations(kind, columns, random));
}

function flatten(rows: Int32Array[]): Int32Array {
  return Int32Array.from(rows.flatMap((row) => [...row]));
}

interface Placed {
  q: number;
  mantissas: number;
  exponents: number;
}

function placeOutputs(rows: number, columns: number): Placed {
  const q = bench.place(2 * rows * columns);
  return { q, mantissas: bench.place(4 * rows), exponents: bench.place(4 * rows) };
}

function expectRows({ q, mantissas, exponents }: Placed, expected: QuantizedRow[]) {
  const columns = expected[0].q.length;
  expected.forEach((row, index) => {
    const place = `row ${index}`;
    const actual = bench.halves(q + 2 * index * columns, columns);
    expect(bench.words(mantissas, expected.length)[index], place).toBe(row.m);
    expect(bench.words(exponents, expected.length)[index], place).toBe(row.e);
    expect([...actual], place).toEqual([...row.q]);
  });
  bench.clear();
}

describe('quantizeRows', () => {
  test.each([16, 48, 384, 1024, 4096])('%i columns without outliers', (columns) => {
    const rows = makeRows(columns, columns);
    const x = bench.put(flatten(rows));
    const out = placeOutputs(rows.length, columns);
    const { q, mantissas, exponents } = out;
    bench.kernels.quantizeRows(x, rows.length, columns, 0, q, mantissas, exponents);
    expectRows(
      out,
      rows.map((row) => quantizeRow(row)),
    );
  });

  test.each([
    [16, 4],
    [16, 16],
    [384, 16],
    [1024, 64],
  ])('%i columns of which %i are outliers', (columns, count) => {
    const outliers = Uint16Array.from({ length: count }, (_, i) => i * (columns / count));
    const rows = makeRows(columns, columns + count);
    for (const row of rows.slice(4)) for (const column of outliers) row[column] = -(2 ** 21) + 1;
    const x = bench.put(flatten(rows));
    const mask = bench.put(outlierMask(columns, outliers));
    const out = placeOutputs(rows.length, columns);
    const { q, mantissas, exponents } = out;
    bench.kernels.quantizeRows(x, rows.length, columns, mask, q, mantissas, exponents);
    expectRows(
      out,
      rows.map((row) => quantizeRow(row, outliers)),
    );
  });

  test('every power of two and its neighbours as the greatest value', () => {
    const columns = 16;
    const rows: Int32Array[] = [];
    for (let bit = 0; bit <= 20; bit++) {
      for (const by of [-1, 0, 1]) {
        const most = Math.min(2 ** bit + by, 2 ** 21 - 1);
        rows.push(Int32Array.from({ length: columns }, (_, i) => Math.trunc((most * (i - 7)) / 8)));
      }
    }
    const x = bench.put(flatten(rows));
    const out = placeOutputs(rows.length, columns);
    const { q, mantissas, exponents } = out;
    bench.kernels.quantizeRows(x, rows.length, columns, 0, q, mantissas, exponents);
    expectRows(
      out,
      rows.map((row) => quantizeRow(row)),
    );
  });
});

describe('activateRows', () => {
  const table = makeGeluTable();

  function expectActivated(rows: Int32Array[]) {
    const columns = rows[0].length;
    const x = bench.put(flatten(rows));
    const tails = bench.put(makeGeluTails());
    const out = placeOutputs(rows.length, columns);
    const { q, mantissas, exponents } = out;
    bench.kernels.activateRows(x, rows.length, columns, tails, q, mantissas, exponents);
    const activated = rows.map((row) => row.map((value) => gelu(value, table)));
    const actual = bench.words(x, rows.length * columns);
    expect(actual).toEqual(flatten(activated));
    expectRows(out, activated.map(quantizeShiftedRow));
  }

  test.each([16, 384, 1536, 4096])('%i columns of every kind', (columns) => {
    expectActivated(makeRows(columns, columns + 7));
  });

  test('every value around the table and its end', () => {
    const columns = 4096;
    const rows = Array.from({ length: 17 }, (_, row) =>
      Int32Array.from({ length: columns }, (_, i) => (row - 8.5) * columns + i),
    );
    expectActivated(rows);
  });

  test('all values at the least GELU', () => {
    expectActivated([new Int32Array(16).fill(-3079), new Int32Array(16).fill(-40_000)]);
  });
});
