// A coordinator that stops, by its own will or by a power cut, goes on where it was: nothing that
// was acknowledged is lost, nothing is credited twice.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCoordinator } from '#coordinator/coordinator.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterAll(() => site.close());

const lines = (count: number) => makeTexts(count).map((text, i) => embedLine(`line-${i}`, text));

test('after a power cut, sessions, leases, results and credit are as acknowledged', async () => {
  const id = await site.submit(lines(70));
  const [alice, bob] = [await site.contributor(), await site.contributor()];
  const first = await alice.turn();
  const { leases } = await bob.work();
  const result = await bob.makeResult(leases[0]);
  const answer = await bob.work({ results: [result], want: { units: 0, models: [], speed: 1 } });
  expect(answer.verdicts).toMatchObject([{ state: 'accepted' }]);
  const held = await alice.work({ want: { units: 1, models: [], speed: 1 } });
  const before = await site.coordinator.checkBooks();

  await site.crash();
  expect(await site.coordinator.checkBooks()).toEqual(before);
  const repeated = await bob.work({ results: [result], want: { units: 0, models: [], speed: 1 } });
  expect(repeated.verdicts).toEqual(answer.verdicts);
  const news = await alice.work({
    results: [await alice.makeResult(held.leases[0])],
    awaiting: [first.leases[0].lease],
    want: { units: 0, models: [], speed: 1 },
  });
  expect(news.verdicts).toMatchObject([{ state: 'pending' }, { state: 'accepted' }]);
  await bob.turn();
  await alice.turn();
  await bob.turn();
  await site.crash();
  await site.coordinator.settle();
  expect(await site.batch(id)).toMatchObject({ status: 'completed', x_units: { completed: 3 } });
  const { earned } = await site.coordinator.checkBooks();
  expect(earned[alice.address]).toBe(earned[bob.address]);
});

test('a batch that was not read yet is read after the restart', async () => {
  const file = await site.upload(`${JSON.stringify(embedLine('a', 'w1'))}\n`);
  const { json } = await site.post('/v1/batches', {
    input_file_id: file,
    endpoint: '/v1/embeddings',
    completion_window: '24h',
  });
  await site.crash();
  await site.coordinator.settle();
  expect(await site.batch(json.id)).toMatchObject({ status: 'in_progress' });
});

test('the key is given once, and the folder belongs to one process', async () => {
  await site.reopen();
  expect(site.coordinator.apiKey).toBeNull();
  expect((await site.get('/v1/models')).status).toBe(200);
  const { partner, dataFolder } = site;
  const second = createCoordinator({ dataFolder, models: [], partner, tickMs: 0 });
  await expect(second).rejects.toMatchObject({ code: 'coordinator/folder-in-use' });
});

test('while it stops it leases nothing, says so, and then leaves the folder', async () => {
  await site.submit(lines(3));
  const alice = await site.contributor();
  const calls = [alice.work(), alice.work()];
  await Promise.allSettled(calls);
  await site.reopen();
  await site.coordinator.checkBooks();
  expect((await site.get('/readyz')).json).toMatchObject({ status: 'ok' });
});
