// A coordinator whose log forks between two visits: the second run ends, in words that say why.
import { expect, test } from 'vitest';
import { makeLogOf } from '../ledger/log-lab.ts';
import { begin, isFailed, startOptions } from './begin-contributor.ts';
import { memoryStore } from './node-environment.ts';
import { forkOf, serve } from './served-log.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

test('a fork stops a run, which hands back what it holds', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 3; unit++) coordinator.addUnit([4]);
  const store = memoryStore();
  let log = makeLogOf(6);
  const send: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    if (!pathname.startsWith('/v1/log/')) return coordinator.fetch(String(input), init);
    const bytes = await serve(log)(pathname);
    return new Response(bytes && new Uint8Array(bytes), { status: bytes ? 200 : 404 });
  };
  const first = begin(coordinator, { store, fetch: send });
  await first.contributor.start({ ...startOptions, unitsMax: 1 }, null);
  await first.until(({ phase }) => phase === 'stopped');
  expect(coordinator.accepted.size).toBe(1);

  log = forkOf(6);
  const second = begin(coordinator, { store, fetch: send });
  await second.contributor.start(startOptions, null);
  const ended = await new Promise<string>((resolve) => {
    void second.contributor.subscribe((status) => {
      if (isFailed(status)) resolve(`${status.error?.code} ${status.message}`);
    });
  });
  expect(ended).toContain('log/forked');
  expect(ended).toContain('signed two different trees of one size');
});
