// Stop, by a clock that the test moves: from every state within half a second, with nothing
// computing any more when it is told, and what is held handed back behind the scenes.
import { expect, test } from 'vitest';
import { IdlewildError } from '#protocol/errors.ts';
import type { ContributorStatus } from '#worker/status.ts';
import { begin, startOptions as options, settings } from './begin-contributor.ts';
import { ManualClock } from './manual-clock.ts';
import { choice, type NodeParts } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';
import { around, endless } from './timed-backends.ts';

/** What Stop may take by the clock; the second that is promised has to hold on a loaded machine. */
const stopMsMax = 500;

/** A unit hangs in its first slice, as a GPU may. */
const hung = (clock: ManualClock, heard: string[]) =>
  around(clock, heard, () => new Promise(() => {}));

/** A device that is lost in every unit. */
const losing = (clock: ManualClock, heard: string[]) =>
  around(clock, heard, async () => {
    throw new IdlewildError('engine/device-lost', 'The GPU device was lost.', { retryable: true });
  });

interface Setting {
  dutyPercent?: number;
  parts?: Partial<NodeParts>;
}

async function open(setting: (clock: ManualClock, heard: string[]) => Setting) {
  const clock = new ManualClock();
  const heard: string[] = [];
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 3; unit++) coordinator.addUnit([3]);
  const { dutyPercent = 100, parts } = setting(clock, heard);
  const begun = begin(coordinator, {
    backends: [choice(endless(clock, heard))],
    ...parts,
    clock,
  });
  const seen: ContributorStatus[] = [];
  await begun.contributor.subscribe((status) => void seen.push(status));
  await clock.pass(
    begun.contributor.start({ ...options, settings: { ...settings, dutyPercent } }, null),
  );
  const reach = (isIt: (status: ContributorStatus) => boolean) =>
    clock.until(() => seen.some(isIt));
  return { ...begun, clock, coordinator, heard, seen, reach };
}

const isPhase = (phase: string) => (status: ContributorStatus) => status.phase === phase;
const isComputing = ({ unit }: ContributorStatus) => unit !== null;

/** A coordinator that never answers some of its calls; the others it answers. */
const deaf = (isDeaf: (path: string) => boolean, coordinator = new StrictCoordinator()) => {
  coordinator.addUnit([3]);
  const fetch: NodeParts['fetch'] = (input, init) =>
    isDeaf(new URL(String(input)).pathname)
      ? new Promise((_, reject) => {
          const signal = init?.signal;
          signal?.addEventListener('abort', () => reject(signal.reason));
        })
      : coordinator.fetch(String(input), init);
  return { fetch, coordinator };
};

const states: [
  name: string,
  setting: (clock: ManualClock, heard: string[]) => Setting,
  isThere: (status: ContributorStatus) => boolean,
][] = [
  ['computing', () => ({}), isComputing],
  ['resting at the lowest level', () => ({ dutyPercent: 5 }), isComputing],
  [
    'connecting',
    () => ({ parts: deaf((path) => path === '/v1/challenges') }),
    isPhase('connecting'),
  ],
  ['asking for work', () => ({ parts: deaf((path) => path === '/v1/work') }), isPhase('waiting')],
  ['loading', () => ({ parts: deaf((path) => path.startsWith('/v1/shards')) }), isPhase('loading')],
  [
    'a hung device',
    (clock, heard) => ({ parts: { backends: [choice(hung(clock, heard))] } }),
    isPhase('working'),
  ],
  [
    'a lost device',
    (clock, heard) => ({ parts: { backends: [choice(losing(clock, heard), 'webgpu')] } }),
    ({ message }) => message.includes('Starting the device again'),
  ],
];

test.each(states)('stop is told in time from %s', async (_name, setting, isThere) => {
  const { contributor, clock, reach, seen } = await open(setting);
  await reach(isThere);
  expect(await clock.pass(contributor.stop())).toBeLessThanOrEqual(stopMsMax);
  await clock.advance(200);
  expect(seen.at(-1)?.phase).toBe('stopped');
});

test('no slice runs after stop is told, and the device is free', async () => {
  const { contributor, clock, reach, heard } = await open(() => ({}));
  await reach(isComputing);
  await clock.pass(contributor.stop().then(() => void heard.push('stopped')));
  await clock.advance(2_000);
  expect(heard.slice(-2)).toEqual(['destroyed', 'stopped']);
  expect(heard).toContain('slice');
});

test('a device that hangs is ended with its encoder before stop is told', async () => {
  const { contributor, clock, reach, heard } = await open((clock, heard) => ({
    parts: { backends: [choice(hung(clock, heard))] },
  }));
  await reach(isPhase('working'));
  heard.length = 0;
  await clock.pass(contributor.stop().then(() => void heard.push('stopped')));
  expect(heard).toEqual(['destroyed', 'stopped']);
});

test('a slow coordinator gets the leases back after stop is told, and before the next start', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 3; unit++) coordinator.addUnit([3]);
  let isSlow = false;
  const fetch: NodeParts['fetch'] = async (input, init) => {
    if (isSlow && String(input).endsWith('/v1/work')) await released;
    return coordinator.fetch(String(input), init);
  };
  const { contributor, clock, reach } = await open(() => ({ parts: { fetch } }));
  await reach(isComputing);
  isSlow = true;
  await clock.pass(contributor.stop());
  expect(coordinator.open.size).toBeGreaterThan(0);
  const calls = coordinator.calls.length;
  await contributor.start(options, null);
  await clock.advance(1_000);
  expect(coordinator.calls).toHaveLength(calls);
  isSlow = false;
  release();
  await clock.until(() => coordinator.calls.length > calls + 1);
  const [farewell, first] = coordinator.calls.slice(calls);
  expect(farewell.returns.length).toBeGreaterThan(0);
  expect(farewell.want.units).toBe(0);
  expect(first.want.units).toBeGreaterThan(0);
  await clock.pass(contributor.stop());
});
