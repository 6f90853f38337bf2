// Audits and contributors' choices: rows of a project are audited by those who would take them, and
// are made into no unit while nobody would.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policy } from '#validator/policy.ts';
import type { TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const token = 'q7Zc1-Kx9_vR2mT5wY8bN3pL';
const rules = {
  ...policy,
  runMin: 2,
  watched: [],
  coordinatorShare: 0,
  holdUnits: [{ confirmedBelow: Number.POSITIVE_INFINITY, units: 3 }],
  auditSlack: 4,
};
let site: TestSite;
let letters: { project: string; apiKey: string };
beforeAll(async () => {
  site = await startTestSite({ rules, secret: 'ladder', adminToken: token });
  letters = await site.coordinator.addProject({ name: 'Letters', words: '', open: false });
});
afterAll(async () => {
  await site.coordinator.checkBooks();
  await site.close();
});

const lines = (units: number) => makeTexts(32 * units).map((text, i) => embedLine(`${i}`, text));

/** One unit, computed and brought. @returns whether there was one */
async function turn(who: TestContributor, project: string | null): Promise<boolean> {
  const speed = 1e9;
  const { leases } = await who.work({ want: { units: 1, models: [], speed, project } });
  expect(leases.every(({ projectId }) => project === null || projectId === project)).toBe(true);
  const results = await Promise.all(leases.map((lease) => who.makeResult(lease)));
  if (results.length > 0) {
    await who.work({ results, want: { units: 0, models: [], speed, project } });
  }
  return results.length > 0;
}

async function isOver(batch: string, key = site.apiKey): Promise<boolean> {
  site.clock.now += 1_000;
  await site.coordinator.settle();
  return (await site.batch(batch, key)).status === 'completed';
}

async function auditsWaiting(): Promise<number> {
  site.clock.now += 3_000;
  return (await site.get('/v1/admin/overview', token)).json.queue.auditsFresh;
}

test('of a closed project go to who chose it, and to nobody else', async () => {
  const members = await Promise.all([1, 2, 3].map(() => site.contributor()));
  const first = await site.submit(lines(6));
  for (let round = 0; !(await isOver(first)); round++) {
    expect(round).toBeLessThan(60);
    for (const member of members) await turn(member, null);
  }
  // Known to have chosen it, so that the coordinator need not help them out.
  for (const member of members) expect(await turn(member, letters.project)).toBe(false);
  const calls = site.partner.calls;
  const second = await site.submit(lines(12), letters.apiKey);
  for (let round = 0; !(await isOver(second, letters.apiKey)); round++) {
    expect(round).toBeLessThan(60);
    for (const member of members) await turn(member, letters.project);
  }
  // Audited by each other: the coordinator computed nothing.
  expect(site.partner.calls).toBe(calls);

  // Everybody brings the last unit and turns elsewhere in one call: no audit is made for nobody.
  const elsewhere = await site.submit(lines(3));
  const third = await site.submit(lines(3), letters.apiKey);
  const want = { units: 1, models: [], speed: 1e9 };
  const held = [];
  for (const member of members) {
    held.push(await member.work({ want: { ...want, project: letters.project } }));
  }
  for (const [i, { leases }] of held.entries()) {
    const results = await Promise.all(leases.map((lease) => members[i].makeResult(lease)));
    await members[i].work({ results, want });
  }
  // All are there; the coordinator may have begun to check them, since nobody else will.
  const { completed, being_checked } = (await site.batch(third, letters.apiKey)).x_units;
  expect(completed + being_checked).toBe(3);
  expect(await auditsWaiting()).toBe(0);
  for (let round = 0; !(await isOver(third, letters.apiKey)); round++) {
    expect(round).toBeLessThan(30);
    expect(await auditsWaiting()).toBe(0);
  }
  expect(site.partner.calls).toBeGreaterThan(calls);
  await site.post(`/v1/batches/${elsewhere}/cancel`, {});
});
