// Imports a random published model and compares exact vectors with float ones, row by row.
import { type ImportOptions, importBertEncoder } from '#model/import-bert.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import type { SavedModel } from '#model/save-encoder.ts';
import { makeSyntheticRows } from '#model/synthetic.ts';
import { utf8 } from '#protocol/bytes.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { encodeRow } from '#reference/encoder.ts';
import { encodeFloat, type FloatHead } from './float-bert.ts';
import type { PublishedModel } from './published-model.ts';

/** @param lengths of the calibration rows */
export function importPublished(
  model: PublishedModel,
  options: Partial<ImportOptions> = {},
  lengths = [3, 9, 24, 17, 6, 24, 24, 11],
): SavedModel {
  return importBertEncoder({
    config: model.config,
    tensors: model.tensors,
    tokenizer: utf8('{}'),
    name: 'random',
    licence: 'CC0-1.0',
    weightBits: 8,
    calibration: makeSyntheticRows(5, lengths, model.shape.vocabulary),
    observeForward: encodeRow,
    ...options,
  });
}

function cosine(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [xx, yy, xy] = [0, 0, 0];
  for (let d = 0; d < x.length; d++) {
    xx += x[d] * x[d];
    yy += y[d] * y[d];
    xy += x[d] * y[d];
  }
  return xy / Math.sqrt(xx * yy);
}

export interface Comparison {
  /** Cosine to the float model, the least of all rows. */
  least: number;
  /** The same after the rows' float mean is taken from both: what tells the rows apart. */
  leastCentred: number;
}

export function compareWithFloat(
  model: PublishedModel,
  { manifest, shards }: SavedModel,
  rows: Uint32Array[],
  head: FloatHead = { pooling: 'mean' },
): Comparison {
  const weights = loadEncoder(manifest, shards);
  const exact = rows.map((row) => [...toUnitVector(encodeRow(weights, row))]);
  const float = encodeFloat(model, rows, head).map((row) => [...row]);
  const mean = float[0].map((_, d) => float.reduce((sum, row) => sum + row[d], 0) / rows.length);
  const centre = (row: number[]) => row.map((value, d) => value - mean[d]);
  return {
    least: Math.min(...exact.map((row, i) => cosine(row, float[i]))),
    leastCentred: Math.min(...exact.map((row, i) => cosine(centre(row), centre(float[i])))),
  };
}
