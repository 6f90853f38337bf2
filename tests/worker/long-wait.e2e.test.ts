// A coordinator that many wait for tells long waits: each is kept to, as the page shows it.
import { expect, test } from 'vitest';
import { describeReturn } from '#page/describe.ts';
import { begin, startOptions } from './begin-contributor.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

const waitMs = 300_000;
/** Far below the quarter that a worker adds where nothing spread the wait before. */
const moreMsMax = 20_000;

test('a wait of minutes is kept to, and shown', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.retryAfterMs = waitMs;
  const { contributor, until, environment } = begin(coordinator);
  const askedAt: number[] = [];
  coordinator.fault = (path) => {
    if (path === '/v1/work') askedAt.push(environment.clock.now());
    return null;
  };
  await contributor.start(startOptions, null);
  const { phase, retryAfterMs } = await until(({ message }) => message.includes('No unit is left'));
  expect({ phase, retryAfterMs }).toEqual({ phase: 'waiting', retryAfterMs: waitMs });
  expect(describeReturn(retryAfterMs)).toMatch(/^It asks the coordinator again in about 5.min\.$/);
  while (askedAt.length < 3) await environment.clock.breathe();
  const [first, second, third] = askedAt;
  for (const apart of [second - first, third - second]) {
    expect(apart).toBeGreaterThanOrEqual(waitMs);
    expect(apart).toBeLessThan(waitMs + moreMsMax);
  }
  await contributor.stop();
});
