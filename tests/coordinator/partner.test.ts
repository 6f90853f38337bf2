// The coordinator's own backend in its thread: the oracle and the WASM kernels, the same words.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readKernels } from '#cli/build-kernels.ts';
import { createPartner } from '#coordinator/partner.ts';
import { makeSyntheticRows } from '#model/synthetic.ts';
import { encodeRow } from '#reference/encoder.ts';
import { type TestModel, writeTestModel } from './test-model.ts';

let root: string;
let model: TestModel;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-partner-'));
  model = await writeTestModel(root);
});
afterAll(() => rm(root, { recursive: true }));

const rows = makeSyntheticRows(7, [1, 5, 64], 64);

test.each(['typescript', 'wasm'] as const)('%s', async (backend) => {
  const partner = createPartner({ kernels: backend === 'wasm' ? await readKernels() : null });
  expect(partner.backend).toBe(backend);
  const missing = partner.encode(path.join(root, 'nothing'), rows);
  await expect(missing).rejects.toMatchObject({ code: 'partner/failed' });
  const calls = [partner.encode(root, rows), partner.encode(root, [rows[1]])];
  const [all, one] = await Promise.all(calls);
  const expected = rows.flatMap((row) => [...encodeRow(model.weights, row)]);
  expect([...all]).toEqual(expected);
  expect([...one]).toEqual(expected.slice(64, 128));
  await partner.close();
  await expect(partner.encode(root, rows)).rejects.toMatchObject({ code: 'coordinator/closed' });
});
