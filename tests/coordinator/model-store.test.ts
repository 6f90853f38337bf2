// Models in a data folder that several replicas open at once: copied in whole, once, by whoever is
// first; what a crash left of a copy goes in time.
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openModelStore } from '#coordinator/model-store.ts';
import { writeTestModel } from './test-model.ts';

let root: string;
let home: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-models-'));
  home = path.join(root, 'data', 'models');
});
afterEach(() => rm(root, { recursive: true }));

test('replicas that begin at once all serve the model, and one copy of it stays', async () => {
  const { folder, id } = await writeTestModel(path.join(root, 'model'));
  const stores = await Promise.all([1, 2, 3, 4].map(() => openModelStore(home, [folder])));
  for (const store of stores) expect(store.list().map((model) => model.id)).toEqual([id]);
  expect(await readdir(home)).toEqual([id]);
  const shards = await readdir(path.join(home, id, 'shards'));
  expect(shards.sort()).toEqual((await readdir(path.join(folder, 'shards'))).sort());
});

test('a copy that a crash cut short goes once it is old, and a young one is left alone', async () => {
  const draft = (end: string) => path.join(home, `${'0'.repeat(64)}.new-${end}`);
  for (const end of ['old', 'young']) {
    await mkdir(draft(end), { recursive: true });
    await writeFile(path.join(draft(end), 'manifest.json'), '{}');
  }
  const before = new Date(Date.now() - 2 * 3_600_000);
  await utimes(draft('old'), before, before);
  expect((await openModelStore(home, [])).list()).toEqual([]);
  expect(await readdir(home)).toEqual([path.basename(draft('young'))]);
});

test('a folder that is no model leaves nothing behind', async () => {
  const { folder, id } = await writeTestModel(path.join(root, 'model'));
  const [shard] = await readdir(path.join(folder, 'shards'));
  await writeFile(path.join(folder, 'shards', shard), 'not this');
  await expect(openModelStore(home, [folder])).rejects.toMatchObject({
    code: 'model/digest-mismatch',
  });
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(await readdir(home)).toEqual([]);
});
