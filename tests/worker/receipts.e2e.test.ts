// Receipts of the real coordinator, checked by the contributor who earned them: of an open batch and
// of a private one, while a run is on and when none is.
import { beforeEach, expect, test } from 'vitest';
import type { ContributorStatus } from '#worker/status.ts';
import { startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { memoryStore } from './node-environment.ts';
import { beginAt, submitTexts } from './site-lab.ts';

let site: TestSite;
beforeEach(async () => {
  site = await startTestSite();
  return () => site.close();
});

const accepted = ({ verdicts }: ContributorStatus) =>
  verdicts.find(({ state, receipt }) => state === 'accepted' && receipt !== null);

/** A contributor with a unit that the coordinator, its partner of last resort, has confirmed. */
async function earn(change = {}, store = memoryStore()) {
  await submitTexts(site, 64, change);
  const begun = beginAt(site, { store });
  const { start, until } = begun;
  await start();
  const line = accepted(await until((status) => accepted(status) !== undefined));
  if (!line) throw new Error('no receipt');
  // The sequencer comes to it.
  await site.coordinator.settle();
  return { ...begun, line };
}

const held = (inclusion: string) => [
  'receipt/holds',
  'signature/holds-new-key',
  inclusion,
  'result/holds',
  'wallet/holds',
  'credit/holds',
  'recompute/holds',
];

test.each([
  ['an open batch', { x_open: true }, 'inclusion/holds'],
  ['a private batch', {}, 'inclusion/holds-sealed'],
])('a receipt of %s holds, beside a run that goes on', async (_name, change, inclusion) => {
  const { contributor, until, line } = await earn(change);
  const { steps, outcome } = await contributor.verify(line.lease, () => {});
  expect(steps.map(({ code }) => code)).toEqual(held(inclusion));
  expect(outcome).toBe('holds');
  expect(steps[5].values).toMatchObject({ credit: line.credit });
  const { units } = await until(({ phase }) => phase === 'waiting');
  await submitTexts(site, 32);
  await until((status) => status.units > units);
  await contributor.stop();
});

test('a receipt is checked after Stop as well; of a lease unknown nothing is claimed', async () => {
  const { contributor, line } = await earn();
  await contributor.stop();
  const report = await contributor.verify(line.lease, () => {});
  expect(report.outcome).toBe('holds');
  const unknown = await contributor.verify('lease_of_nobody', () => {});
  expect(unknown.outcome).toBe('unchecked');
  expect(unknown.steps[0]).toMatchObject({ code: 'receipt/unknown', outcome: 'unchecked' });
});

test('what this browser remembers of log and key is asked for again at the next visit', async () => {
  const store = memoryStore();
  const { contributor, line } = await earn({}, store);
  await contributor.verify(line.lease, () => {});
  await contributor.stop();
  const again = await contributor.verify(line.lease, () => {});
  expect(again.steps[1].code).toBe('signature/holds');
  await store.set('receipt-key', 'ab'.repeat(32));
  const changed = await contributor.verify(line.lease, () => {});
  expect(changed.steps[1].code).toBe('signature/other-key');
  expect(changed.outcome).toBe('fails');
});
