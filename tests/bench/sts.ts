// The STS-B benchmark: pairs of sentences with people's scores of their likeness, and how well an
// encoder's cosines rank them.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Encoder } from '#model/backend.ts';
import type { Tokenizer } from '#model/tokenizer.ts';
import { toUnitVector } from '#reference/deliver.ts';

/** all-MiniLM-L6-v2 in floats, by Spearman's rank correlation. */
export const FLOAT_SPEARMAN = 0.8203;

const rowsPerCall = 64;

export interface StsPair {
  score: number;
  texts: [string, string];
}

export type StsSplit = 'test' | 'dev';

/**
 * Where a split lies: in IDLEWILD_STS, the folder of both or the path of sts-test.csv, else beside
 * the repository. Null where there is no such file.
 */
export function findSts(split: StsSplit = 'test'): string | null {
  const root = path.join(import.meta.dirname, '..', '..');
  const named = process.env.IDLEWILD_STS;
  const place = named ?? path.join(root, '..', 'shared', 'data', 'stsbenchmark');
  if (split === 'test' && place.endsWith('.csv')) return existsSync(place) ? place : null;
  const folder = place.endsWith('.csv') ? path.dirname(place) : place;
  const file = path.join(folder, `sts-${split}.csv`);
  return existsSync(file) ? file : null;
}

/** Tab-separated: genre, file, year, index, score, first sentence, second; then, sometimes, more. */
export function readSts(file: string): StsPair[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line, index) => {
    const [, , , , score, first, second] = line.split('\t');
    if (!second || !Number.isFinite(Number(score))) throw new Error(`STS line ${index + 1}`);
    return { score: Number(score), texts: [first, second] };
  });
}

/** Token ids of all sentences, those of pair i at 2i and 2i + 1. */
export function toRows(tokenizer: Tokenizer, pairs: readonly StsPair[]): Uint32Array[] {
  return pairs.flatMap(({ texts }) => texts.map((text) => tokenizer.encode(text)));
}

/**
 * Delivered vectors of all rows, of length one.
 * @param onRows told how many rows are done
 */
export async function encodeRows(
  encoder: Encoder,
  rows: readonly Uint32Array[],
  onRows: (done: number) => void = () => {},
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let first = 0; first < rows.length; first += rowsPerCall) {
    const part = rows.slice(first, first + rowsPerCall);
    const sums = await encoder.encode(part);
    const size = sums.length / part.length;
    part.forEach((_, i) => {
      vectors.push(toUnitVector(sums.subarray(i * size, (i + 1) * size)));
    });
    onRows(vectors.length);
  }
  return vectors;
}

/** Cosine of vectors of length one. */
export function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, d) => sum + value * b[d], 0);
}

/** Spearman's rank correlation between the cosines of pairs and people's scores. */
export function rankPairs(vectors: readonly Float32Array[], pairs: readonly StsPair[]): number {
  const cosines = pairs.map((_, i) => cosine(vectors[2 * i], vectors[2 * i + 1]));
  return spearman(
    cosines,
    pairs.map(({ score }) => score),
  );
}

/** Ranks from 1, equal values sharing their mean rank. */
function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
  const ranks = new Array<number>(values.length);
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]] === values[order[first]]) last++;
    for (let i = first; i <= last; i++) ranks[order[i]] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return ranks;
}

export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const mean = (x.length + 1) / 2;
  const dot = (p: number[], q: number[]) =>
    p.reduce((sum, value, i) => sum + (value - mean) * (q[i] - mean), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}
