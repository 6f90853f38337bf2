// How rankings are compared, and where the files of STS-B are looked for.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { findSts, rankPairs, readSts, spearman } from './sts.ts';

afterEach(() => vi.unstubAllEnvs());

test('ranks agree, disagree, and share their mean where values are equal', () => {
  expect(spearman([1, 2, 3], [10, 20, 900])).toBeCloseTo(1, 12);
  expect(spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 · 5).
  expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(Math.sqrt(0.9), 12);
});

test('pairs are ranked by the cosine of their two vectors', () => {
  const vectors = [1, 0, 0.6, 0.8, 1, 0.6].map((x) => Float32Array.of(x, Math.sqrt(1 - x * x)));
  const pairs = [0, 3, 1].map((score) => ({ score, texts: ['', ''] as [string, string] }));
  expect(rankPairs(vectors, pairs)).toBeCloseTo(1, 12);
});

test('both splits are found in a named folder, or beside a named file', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-sts-'));
  try {
    const line = 'news\tfile\t2017\t0001\t2.500\tA bird sings.\tA bird is singing.\n';
    await writeFile(path.join(folder, 'sts-test.csv'), line);
    for (const named of [folder, path.join(folder, 'sts-test.csv')]) {
      vi.stubEnv('IDLEWILD_STS', named);
      expect(findSts()).toBe(path.join(folder, 'sts-test.csv'));
      expect(findSts('dev')).toBeNull();
    }
    const texts = ['A bird sings.', 'A bird is singing.'];
    expect(readSts(path.join(folder, 'sts-test.csv'))).toEqual([{ score: 2.5, texts }]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
