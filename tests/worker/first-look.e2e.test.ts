// When a run first looks at the coordinator's log: not in the way of its first result.
import { expect, test } from 'vitest';
import { begin, isStopped, startOptions } from './begin-contributor.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

/** A coordinator that has no log, and hears when it is asked for one. */
function askedForLog(coordinator: StrictCoordinator, onAsked: () => void): typeof fetch {
  return async (input, init) => {
    if (!String(input).includes('/v1/log/')) return coordinator.fetch(String(input), init);
    onAsked();
    return new Response(null, { status: 404 });
  };
}

test('nothing is asked of the log before the first result is posted', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 3; unit++) coordinator.addUnit([4]);
  const accepted: number[] = [];
  const send = askedForLog(coordinator, () => accepted.push(coordinator.accepted.size));
  const { contributor, until } = begin(coordinator, { fetch: send });
  await contributor.start({ ...startOptions, unitsMax: 3 }, null);
  await until(isStopped);
  expect(accepted.length).toBeGreaterThan(0);
  expect(Math.min(...accepted)).toBeGreaterThan(0);
});

test('a run without work looks at once', async () => {
  const coordinator = new StrictCoordinator();
  let tell = () => {};
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const send = askedForLog(coordinator, () => tell());
  const { contributor, leave } = begin(coordinator, { fetch: send });
  await contributor.start(startOptions, null);
  await asked;
  await leave();
  expect(coordinator.accepted.size).toBe(0);
});
