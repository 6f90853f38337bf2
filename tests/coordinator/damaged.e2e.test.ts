// A disk that fails its coordinator: what was damaged ends its own unit alone, a full one is told.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isStorageFull } from '#store/storage-full.ts';
import { waits } from '#store/waits.ts';
import { spoilPayload } from './spoil-payload.ts';
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
    await spoilPayload(site.dataFolder, leases[0].input);
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
    site.clock.now += waits.failedMs;
    await site.coordinator.settle();
    const batch = await site.batch(id);
    expect(batch).toMatchObject({ status: 'completed', request_counts: { failed: 32 } });
    const failed = await site.lines(batch.error_file_id);
    expect(failed.map(({ error }) => error.code)).toEqual(new Array(32).fill('input_lost'));
    const { totals, verdicts } = await who.work({ awaiting: [leases[0].lease], want: nothing });
    expect(totals).toMatchObject({ pending: 0, rejected: 1 });
    expect(verdicts).toMatchObject([{ state: 'rejected', code: 'verdict/input-lost' }]);
  });

  test.for([
    { input: false, failed: 0 },
    { input: true, failed: 32 },
  ])('an output is lost before delivery, its input with it: $input', async ({ input, failed }) => {
    const id = await site.submit(lines(70));
    const [one, other] = [await site.contributor(), await site.contributor()];
    const [lease] = (await one.work()).leases;
    await one.work({ results: [await one.makeResult(lease)], want: nothing });
    const [again] = (await other.work()).leases;
    await other.work({ results: [await other.makeResult(again)], want: nothing });
    expect((await site.batch(id)).x_units).toMatchObject({ completed: 1 });
    await spoilPayload(site.dataFolder, one.compute(lease));
    if (input) await spoilPayload(site.dataFolder, lease.input);
    await site.reopen();
    for (let round = 0; round < 3; round++) {
      for (const member of [one, other]) await member.turn();
    }
    for (let round = 0; round < 3; round++) {
      await site.coordinator.settle();
      site.clock.now += waits.failedMs;
    }
    const counts = { completed: 70 - failed, failed };
    const batch = await site.batch(id);
    expect(batch).toMatchObject({ status: 'completed', request_counts: counts });
    expect(await site.lines(batch.output_file_id)).toHaveLength(70 - failed);
    // Nothing else was the coordinator's to compute.
    expect(site.partner.calls).toBe(input ? 0 : 1);
    expect((await one.work({ want: nothing })).totals).toMatchObject({ pending: 0, rejected: 0 });
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
