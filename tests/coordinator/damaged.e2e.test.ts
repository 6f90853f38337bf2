// A disk that fails its coordinator: what was damaged stops its own unit alone, a full one is told.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isStorageFull } from '#store/storage-full.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterEach(async () => {
  await site.coordinator.checkBooks();
  await site.clear();
});
afterAll(() => site.close());

const lines = (count: number) => makeTexts(count).map((text, i) => embedLine(`${i}`, text));
const nothing = { units: 0, models: [], speed: 1e9 };

/** Turns one byte of a payload, wherever it was packed. */
async function spoil(packs: string, payload: Uint8Array): Promise<void> {
  for (const name of await readdir(packs)) {
    const file = path.join(packs, name);
    const bytes = await readFile(file);
    const at = bytes.indexOf(payload);
    if (at < 0) continue;
    bytes[at + 5] ^= 1;
    await writeFile(file, bytes);
    return;
  }
  throw new Error('No pack holds the payload.');
}

describe('what is damaged on disk', () => {
  test('an input stops its own unit alone', async () => {
    const id = await site.submit(lines(70));
    const who = await site.contributor();
    const { leases } = await who.work();
    await spoil(path.join(site.dataFolder, 'blobs', 'packs'), leases[0].input);
    await site.reopen();
    const result = await who.makeResult(leases[0]);
    await who.work({ results: [result], want: nothing });
    site.clock.now += 30_000;
    const again = await who.work({ want: { units: 3, models: [], speed: 1e9 } });
    expect(again.leases).toHaveLength(2);
    const rest = await Promise.all(again.leases.map((lease) => who.makeResult(lease)));
    await who.work({ results: rest, want: nothing });
    site.clock.now += 30_000;
    await site.coordinator.settle();
    await site.coordinator.settle();
    expect((await site.batch(id)).x_units).toMatchObject({ total: 3, completed: 2 });
    const partner = await site.contributor();
    const offered = await partner.work();
    expect(offered.leases).toEqual([]);
    expect(offered.reason).toMatchObject({ code: 'work/input-damaged' });
  });

  test('a shard that is gone is a plain failure without a path', async () => {
    const folder = path.join(site.dataFolder, 'models', site.model.id, 'shards');
    const [digest] = await readdir(folder);
    await rm(path.join(folder, digest));
    const url = `/v1/shards/${digest}`;
    const answer = await site.coordinator.inject({ method: 'GET', url });
    expect(answer.statusCode).toBe(500);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).not.toMatch(/ENOENT|\//);
  });
});

test('a full disk is called that, wherever it was met', () => {
  expect(isStorageFull(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toBe(true);
  expect(isStorageFull(Object.assign(new Error('x'), { code: '53100' }))).toBe(true);
  expect(isStorageFull(new Error('x'))).toBe(false);
});
