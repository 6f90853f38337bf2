// What becomes of a row's last layer: the sum or the first of its tokens, then the dense layer.
import { describe, expect, test } from 'vitest';
import { outputSize } from '#model/architecture.ts';
import { denseCost, rowCost } from '#model/cost.ts';
import type { DenseConfig, EncoderConfig } from '#model/encoder.ts';
import {
  makeSyntheticEncoder,
  makeSyntheticRows,
  syntheticConfig,
  syntheticVariants,
} from '#model/synthetic.ts';
import { makeTanhTable } from '#model/tables.ts';
import { tanh } from '#reference/arithmetic.ts';
import { createReferenceBackend, encodeRow } from '#reference/encoder.ts';
import { poolRow } from '#reference/pool.ts';
import { linear, quantizeRow } from '#reference/rows.ts';

const tables = { tanh: makeTanhTable() };
const ignore = () => {};

function make(changes: Partial<EncoderConfig>) {
  return makeSyntheticEncoder(3, { ...syntheticConfig, ...changes });
}

const tokens = [0, 1, 2].map((token) =>
  Int32Array.from({ length: 64 }, (_, d) => 900 * token - 31 * d + (token === 2 ? 2 : 0)),
);
const sum = Int32Array.from({ length: 64 }, (_, d) => 2700 - 93 * d + 2);

describe('poolRow', () => {
  test('gives the sum for a mean, the first token for cls', () => {
    expect(poolRow(tokens, make({}), tables, ignore)).toEqual(sum);
    expect(poolRow(tokens, make({ pooling: 'cls' }), tables, ignore)).toEqual(tokens[0]);
  });

  test('gives the dense layer the mean, rounded half up', () => {
    const dense: DenseConfig = { size: 32, activation: 'identity' };
    const weights = make({ dense });
    const rounded = Int32Array.from(sum, (value) => Math.floor((value + 1) / 3));
    const seen: Int32Array[][] = [];
    const output = poolRow(tokens, weights, tables, (input, layer, rows) => {
      expect([input, layer]).toEqual(['dense', 0]);
      seen.push(rows);
    });
    expect(seen).toEqual([[rounded]]);
    const { dense: layer } = weights;
    if (!layer) throw new Error('the model has a dense layer');
    expect(output).toEqual(linear(quantizeRow(rounded, layer.outliers), layer));
    const bent = {
      ...weights,
      config: { ...weights.config, dense: { ...dense, activation: 'tanh' } },
    };
    expect(poolRow(tokens, bent as typeof weights, tables, ignore)).toEqual(
      output.map((value) => tanh(value, tables.tanh)),
    );
  });
});

describe('the oracle', () => {
  test.each(syntheticVariants)('gives rows of outputSize words: $name', async ({ changes }) => {
    const weights = make(changes);
    const size = outputSize(weights.config);
    const rows = makeSyntheticRows(4, [5, 1, 3], 64);
    const output = await (await createReferenceBackend().createEncoder(weights)).encode(rows);
    expect(output).toHaveLength(3 * size);
    rows.forEach((row, index) => {
      const words = output.subarray(index * size, (index + 1) * size);
      expect(words).toEqual(encodeRow(weights, row));
      expect(new Set(words).size).toBeGreaterThan(size / 2);
    });
  });

  test('every part of a variant has its say', () => {
    const row = makeSyntheticRows(4, [9], 64)[0];
    const plain = encodeRow(make({}), row);
    expect(encodeRow(make({ pooling: 'cls' }), row)).not.toEqual(plain);
    const biased = make({ attentionBias: true });
    expect(encodeRow(biased, row)).not.toEqual(plain);
    expect(encodeRow({ ...biased, attentionBias: new Int32Array(2 * 127) }, row)).toEqual(plain);
  });
});

test('a dense layer costs its multiply-adds once a row', () => {
  const config = make({ dense: { size: 96, activation: 'tanh' } }).config;
  expect(denseCost(config)).toBe(96 * (64 + 4));
  expect(rowCost(config, 7)).toBe(rowCost(syntheticConfig, 7) + denseCost(config));
  expect(denseCost(syntheticConfig)).toBe(0);
});
