// A contributor's browser remembers the log that it saw: one that grows is believed, one that forks,
// changes its name or vanishes ends the run in words that say what it means.
import { expect, test } from 'vitest';
import { signRotation } from '#ledger/log-signer.ts';
import { utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { Coordinator } from '#worker/coordinator.ts';
import { LogWatch } from '#worker/log-watch.ts';
import { lookAtLog } from '#worker/look-at-log.ts';
import { logSigner, makeLogOf, nextSigner, strangerSigner } from '../ledger/log-lab.ts';
import { memoryStore, nodeEnvironment } from './node-environment.ts';
import { entries, forkOf, serve } from './served-log.ts';

const signal = new AbortController().signal;

const origin = 'http://coordinator.test';

test('a log that grows is believed, over tiles and a change of key', async () => {
  const store = memoryStore();
  const log = makeLogOf(3);
  const look = (read = serve(log)) => lookAtLog({ origin, store, read });
  expect(await look()).toBe('believed');
  log.append(entries(3, 700));
  expect(await look()).toBe('believed');
  expect(await look()).toBe('believed');
  const head = { origin: log.reader && logSigner.key.name, size: log.edge.size, root: log.root };
  const rotations = [signRotation(head, logSigner, nextSigner)];
  log.append(entries(700, 702));
  expect(await look(serve(log, { signer: nextSigner, rotations }))).toBe('believed');
  // A cache that lags behind is no fork.
  expect(await look(serve(makeLogOf(700)))).toBe('older');
});

test.each([
  [300, 300],
  [300, 800],
])('a fork, seen at %i leaves and now at %i, is refused with both notes', async (before, now) => {
  const store = memoryStore();
  await lookAtLog({ origin, store, read: serve(makeLogOf(before)) });
  const looked = lookAtLog({ origin, store, read: serve(forkOf(now)) });
  await expect(looked).rejects.toMatchObject({
    code: 'log/forked',
    message: expect.stringContaining('It may be hiding or changing'),
  });
  expect(await store.get('log-evidence')).toHaveLength(2);
  // What was believed is still what the next visit demands.
  expect(await lookAtLog({ origin, store, read: serve(makeLogOf(900)) })).toBe('believed');
});

test('another name, a key that was not handed over, or an unsigned tree is refused', async () => {
  const store = memoryStore();
  const log = makeLogOf(5);
  await lookAtLog({ origin, store, read: serve(log) });
  const look = (read: ReturnType<typeof serve>) => lookAtLog({ origin, store, read });
  const wrong: [string, ReturnType<typeof serve>][] = [
    ['log/other-log', serve(log, { first: strangerSigner, signer: strangerSigner })],
    ['log/unknown-key', serve(log, { signer: nextSigner })],
    ['log/bad-keys', serve(log, { rotations: [utf8('no rotation')] })],
  ];
  for (const [code, read] of wrong) await expect(look(read)).rejects.toMatchObject({ code });
  expect(await look(async () => null)).toBe('unseen');
  expect(await look(async () => utf8('<html>'))).toBe('unseen');
});

function watchOf(read: (path: string) => Promise<Uint8Array | null>) {
  const clock = { time: 0 };
  const environment = nodeEnvironment({ origin, fetch });
  const calls: string[] = [];
  const coordinator = {
    async read(path: string) {
      calls.push(path);
      const bytes = await read(path);
      if (!bytes) throw new IdlewildError('coordinator/http-404', 'None.');
      return bytes;
    },
  } as unknown as Coordinator;
  const watch = new LogWatch(
    { ...environment, clock: { ...environment.clock, now: () => clock.time } },
    coordinator,
  );
  return { watch, clock, calls };
}

test('it looks at once, and then each ten minutes', async () => {
  const { watch, clock, calls } = watchOf(serve(makeLogOf(2)));
  for (const minute of [0, 1, 9, 10, 11]) {
    clock.time = minute * 60_000;
    await watch.look(signal);
  }
  expect(calls.filter((path) => path.endsWith('keys'))).toHaveLength(2);
});

test('a log that was seen and is shown no more ends the run, a network that fails does not', async () => {
  let read: (path: string) => Promise<Uint8Array | null> = serve(makeLogOf(9));
  const { watch, clock } = watchOf((path) => read(path));
  await watch.look(signal);
  const later = () => {
    clock.time += 600_000;
    return watch.look(signal);
  };
  read = async () => {
    throw new IdlewildError('coordinator/unreachable', 'Gone.', { retryable: true });
  };
  for (let i = 0; i < 5; i++) await later();
  read = async () => null;
  await later();
  read = serve(makeLogOf(4));
  await later();
  const grown = makeLogOf(300);
  grown.tiles.clear();
  read = serve(grown);
  await expect(later()).rejects.toMatchObject({ code: 'log/withheld' });
});

test('a coordinator without a log is worked for, as long as it never had one', async () => {
  const { watch, clock } = watchOf(async () => null);
  for (let i = 0; i < 5; i++) {
    clock.time += 600_000;
    await watch.look(signal);
  }
});
