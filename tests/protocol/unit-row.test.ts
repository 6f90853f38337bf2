// One row of a unit, read as the whole unit gives it.
import { describe, expect, test } from 'vitest';
import { decodeUnitInput, decodeUnitRow, encodeUnitInput } from '#protocol/unit.ts';

const rows = [[101, 7, 102], [101, 102], Array.from({ length: 200 }, (_, i) => i * 70_001)];
const input = encodeUnitInput({
  model: new Uint8Array(32).fill(9),
  rows: rows.map((row) => Uint32Array.from(row)),
});

describe('a row of a unit', () => {
  test.each([0, 1, 2])('%i is the one that the whole has', (place) => {
    expect([...decodeUnitRow(input, place)]).toEqual(rows[place]);
    expect(decodeUnitRow(input, place)).toEqual(decodeUnitInput(input).rows[place]);
  });

  test.each([-1, 3])('%i is none', (place) => {
    expect(() => decodeUnitRow(input, place)).toThrow('no row');
  });

  test('is no view of the bytes', () => {
    const bytes = new Uint8Array(input);
    const [row, model] = [decodeUnitRow(bytes, 0), decodeUnitInput(bytes).model];
    bytes.fill(0);
    expect([...row]).toEqual(rows[0]);
    expect(model[0]).toBe(9);
  });
});
