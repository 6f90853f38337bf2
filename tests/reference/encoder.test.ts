// The oracle as a backend: rows do not see each other, and bad rows are refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { createReferenceBackend, encodeRow } from '#reference/encoder.ts';

const weights = makeSyntheticEncoder(7);
const encoder = await createReferenceBackend().createEncoder(weights);
const { hiddenSize, vocabularySize } = syntheticConfig;

describe('a row', () => {
  test('has the same output wherever it stands, and whatever stands beside it', async () => {
    const rows = makeSyntheticRows(3, [1, 5, 64, 2, 17], vocabularySize);
    const alone = rows.map((row) => encodeRow(weights, row));
    const orders = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const output = await encoder.encode(order.map((index) => rows[index]));
        order.forEach((index, place) => {
          const words = output.subarray(place * hiddenSize, (place + 1) * hiddenSize);
          expect(words).toEqual(alone[index]);
        });
      }),
      { numRuns: 10 },
    );
  });

  test('depends on the order of its tokens', () => {
    const forward = encodeRow(weights, Uint32Array.of(1, 2, 3));
    expect(encodeRow(weights, Uint32Array.of(3, 2, 1))).not.toEqual(forward);
  });

  test('is refused when it is empty, too long, or names no token', async () => {
    await expect(encoder.encode([new Uint32Array()])).rejects.toMatchObject({
      code: 'model/row-length',
    });
    await expect(encoder.encode([new Uint32Array(65)])).rejects.toMatchObject({
      code: 'model/row-length',
    });
    await expect(encoder.encode([Uint32Array.of(1), Uint32Array.of(64)])).rejects.toMatchObject({
      code: 'model/token-id',
    });
  });
});

test('slices report progress, and what the caller throws ends the call', async () => {
  const rows = makeSyntheticRows(4, [3, 4], vocabularySize);
  const seen: number[] = [];
  await encoder.encode(rows, { onSlice: ({ done, total }) => void seen.push(done / total) });
  expect(seen).toHaveLength(2);
  expect(seen[1]).toBe(1);
  const stop = new Error('stop');
  const onSlice = () => {
    throw stop;
  };
  await expect(encoder.encode(rows, { onSlice })).rejects.toBe(stop);
});
