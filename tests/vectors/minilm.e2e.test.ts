// Real weights: the import gives its known id and outputs, WASM gives the oracle's bytes, and the
// exact model ranks STS-B as the float model does.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readKernels } from '#cli/build-kernels.ts';
import type { ExactBackend } from '#model/backend.ts';
import { toHex, wordsToBytes } from '#protocol/bytes.ts';
import { rowDigest } from '#protocol/unit.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { measureAccuracy } from '../bench/accuracy.ts';
import { FLOAT_SPEARMAN, findSts, readSts } from '../bench/sts.ts';
import { type ImportedMiniLm, importMiniLm, makeMiniLmAnswers } from './minilm.ts';

const SPEARMAN_LEAST = 0.8195;

const file = path.join(import.meta.dirname, 'minilm.json');
const { seven } = JSON.parse(readFileSync(file, 'utf8'));
const sts = findSts();
let model: ImportedMiniLm;
let wasm: ExactBackend;

beforeAll(async () => {
  wasm = await createWasmBackend(await readKernels());
  model = await importMiniLm();
});

test('the id and the digests are the known ones', () => {
  expect(makeMiniLmAnswers(model)).toEqual(seven);
});

test('WASM gives the same bytes', async () => {
  const encoder = await wasm.createEncoder(model.weights);
  const rows = seven.rows.map(({ tokens }: { tokens: number[] }) => Uint32Array.from(tokens));
  const sums = await encoder.encode(rows);
  const size = model.weights.config.hiddenSize;
  rows.forEach((_: Uint32Array, i: number) => {
    const output = wordsToBytes(sums.subarray(i * size, (i + 1) * size));
    expect(toHex(rowDigest(output))).toBe(seven.rows[i].digest);
  });
  encoder.destroy();
});

test.skipIf(!sts && !process.env.CI)(
  `STS-B test: Spearman at least ${SPEARMAN_LEAST}, float ${FLOAT_SPEARMAN} (needs sts-test.csv)`,
  async () => {
    if (!sts) throw new Error('CI needs sts-test.csv: set IDLEWILD_STS to it, or to its folder.');
    expect(await measureAccuracy(wasm, model, readSts(sts))).toBeGreaterThan(SPEARMAN_LEAST);
  },
);
