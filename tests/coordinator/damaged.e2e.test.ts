// A disk that fails its coordinator: what was damaged stops its own unit alone, a full one is told.
import { readdir, rm, truncate } from 'node:fs/promises';
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

describe('what is damaged on disk', () => {
  test('an input stops its own unit alone', async () => {
    const id = await site.submit(lines(70));
    const who = await site.contributor();
    const { leases } = await who.work();
    const blobs = path.join(site.dataFolder, 'blobs');
    const name = Buffer.from(leases[0].unit).toString('hex');
    await truncate(path.join(blobs, name.slice(0, 2), name), 3);
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
