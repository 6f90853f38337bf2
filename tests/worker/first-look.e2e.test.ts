// What is not in the way of a first result: the look at the coordinator's log, and the tuning of a
// device that was opened in haste.
import { expect, test } from 'vitest';
import type { ExactBackend } from '#model/backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import { cases } from '#worker/self-test.ts';
import { lying } from './bad-backends.ts';
import { begin, isStopped, startOptions } from './begin-contributor.ts';
import { choice } from './node-environment.ts';
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

type Tune = (kernels: { break(): void }) => Promise<boolean>;

/** Units one after another, by a backend that says `tune` of itself, and by the oracle after it. */
async function computeWith(tune: Tune) {
  const coordinator = new StrictCoordinator();
  const good = createReferenceBackend();
  let kernels = good;
  /** Results that were accepted when it was tuned, and encoders made since. */
  const accepted: number[] = [];
  let made = 0;
  const backend: ExactBackend = {
    ...good,
    createEncoder(weights) {
      made++;
      return kernels.createEncoder(weights);
    },
    async tune() {
      accepted.push(coordinator.accepted.size);
      made = 0;
      return tune({
        break() {
          kernels = lying(good);
        },
      });
    },
  };
  const backends = [choice(backend), choice(createReferenceBackend())];
  const { contributor, leave, until } = begin(coordinator, { backends });
  await contributor.start(startOptions, null);
  for (let unit = 1; unit <= 3; unit++) {
    coordinator.addUnit([4], unit);
    await expect.poll(() => coordinator.accepted.size).toBe(unit);
  }
  const { device } = await until(({ units }) => units === 3);
  await leave();
  expect(coordinator.returns).toEqual([]);
  return { accepted, made, why: device?.why };
}

test('a device is tuned once, after the first result is posted', async () => {
  const { accepted, made } = await computeWith(async () => false);
  expect(accepted).toEqual([1]);
  expect(made).toBe(0);
});

test('a device with other kernels is tested again, and the model loaded anew', async () => {
  const { accepted, made } = await computeWith(async () => true);
  expect(accepted).toEqual([1]);
  expect(made).toBeGreaterThan(cases.length);
});

test('kernels that compute wrong bytes compute no unit', async () => {
  const { accepted, why } = await computeWith(async (kernels) => {
    kernels.break();
    return true;
  });
  expect(accepted).toEqual([1]);
  expect(why).toContain('computes wrong bytes');
});

test('a device lost in its tuning is made again, and the lease kept', async () => {
  let losses = 0;
  const { accepted } = await computeWith(async () => {
    if (losses++ > 0) return false;
    throw new IdlewildError('engine/device-lost', 'As the test says.', { retryable: true });
  });
  expect(accepted).toEqual([1, 1]);
});
