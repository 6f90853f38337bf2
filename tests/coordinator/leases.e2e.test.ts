// Leases: how many, how long, what becomes of those that run out, are lost or handed back; and how
// a record makes one result enough.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
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

const lines = (count: number) => makeTexts(count).map((text, i) => embedLine(`line-${i}`, text));

describe('leases', () => {
  test('one that runs out goes to another; the late result is credited while it is wanted', async () => {
    await site.submit(lines(3));
    const [slow, bob, carol] = [
      await site.contributor(),
      await site.contributor(),
      await site.contributor(),
    ];
    const { leases } = await slow.work();
    expect(leases[0].deliver).toBe('output');
    site.clock.now += leases[0].leaseMs + 1;
    const turn = await bob.turn();
    expect(turn.leases[0]).toMatchObject({ deliver: 'output', unit: leases[0].unit });
    const result = await slow.makeResult(leases[0]);
    const late = await slow.work({ results: [result] });
    expect(late.verdicts).toMatchObject([{ state: 'accepted', code: 'verdict/confirmed' }]);
    const { reason } = await carol.turn();
    expect(reason?.code).toBe('work/none');
  });

  test('friends who let one lease after another run out are paid for two of them at most', async () => {
    await site.submit(lines(3));
    const ring = [];
    for (let i = 0; i < 5; i++) {
      const who = await site.contributor();
      const { leases } = await who.work();
      site.clock.now += leases[0].leaseMs + 1;
      ring.push({ who, lease: leases[0] });
    }
    const results = await Promise.all(ring.map(({ who, lease }) => who.makeResult(lease)));
    // At once, so that they meet in one commit.
    await Promise.all(ring.map(({ who }, i) => who.work({ results: [results[i]] })));
    const totals = await Promise.all(ring.map(async ({ who }) => (await who.work()).totals));
    expect(totals.filter(({ credit }) => credit > 0).length).toBeOneOf([1, 2]);
    expect(totals.filter(({ rejected }) => rejected > 0)).toEqual([]);
  });

  test('a result too late for its unit is answered with the reason', async () => {
    await site.submit(lines(3));
    const [slow, bob, carol] = [
      await site.contributor(),
      await site.contributor(),
      await site.contributor(),
    ];
    const { leases } = await slow.work();
    site.clock.now += leases[0].leaseMs + 1;
    await bob.turn();
    await carol.turn();
    const result = await slow.makeResult(leases[0]);
    for (let i = 0; i < 2; i++) {
      const { verdicts } = await slow.work({ results: [result] });
      expect(verdicts).toMatchObject([{ state: 'rejected', code: 'lease/expired', credit: 0 }]);
    }
    expect((await slow.work()).totals).toMatchObject({ rejected: 0 });
  });

  test('a repeated result is answered as the first time and credited once', async () => {
    await site.submit(lines(3));
    const [alice, bob] = [await site.contributor(), await site.contributor()];
    await alice.turn();
    const { leases } = await bob.work();
    const result = await bob.makeResult(leases[0]);
    const first = await bob.work({ results: [result] });
    const again = await bob.work({ results: [result, result] });
    expect(again.verdicts).toEqual([first.verdicts[0], first.verdicts[0]]);
    expect(again.totals).toEqual(first.totals);
  });

  test('what was lost on the way is sent again; what is named as held is not', async () => {
    await site.submit(lines(70));
    const alice = await site.contributor();
    const first = await alice.work({ want: { units: 2, models: [], speed: 1e12 } });
    expect(first.leases).toHaveLength(2);
    const again = await alice.work({ want: { units: 2, models: [], speed: 1e12 } });
    expect(again.leases.map(({ lease }) => lease).sort()).toEqual(
      first.leases.map(({ lease }) => lease).sort(),
    );
    const holding = first.leases.map(({ lease }) => lease);
    const more = await alice.work({ holding, want: { units: 2, models: [], speed: 1e12 } });
    expect(more.leases).toHaveLength(1);
    expect(holding).not.toContain(more.leases[0].lease);
  });

  test('what is handed back is free for others at once, and broken input is not sent again', async () => {
    await site.submit(lines(3));
    const [alice, bob] = [await site.contributor(), await site.contributor()];
    const { leases } = await alice.work();
    const back = { lease: leases[0].lease, reason: 'broken-input' as const, detail: 'no' };
    const { reason } = await alice.work({ returns: [back] });
    expect(reason?.code).toBe('work/partner-only');
    const turn = await bob.work();
    expect(turn.leases).toMatchObject([{ deliver: 'output' }]);
    const returned = { lease: turn.leases[0].lease, reason: 'stopped' as const, detail: '' };
    expect((await bob.work({ returns: [returned] })).leases).toMatchObject([{ rows: 3 }]);
  });

  test('are sized to speed, last at least half a minute, and are one at least', async () => {
    const long = Array.from({ length: 40 }, (_, i) => `w${i}`).join(' ');
    await site.submit(Array.from({ length: 32 * 6 }, (_, i) => embedLine(`${i}`, long)));
    const slow = await site.contributor({ speed: 1 });
    const one = await slow.work({ want: { units: 8, models: [], speed: 1e6 } });
    expect(one.leases).toHaveLength(1);
    expect(one.leases[0].leaseMs).toBeGreaterThan(30_000);
    const fast = await site.contributor();
    const many = await fast.work({ want: { units: 8, models: [], speed: 1e12 } });
    expect(many.leases).toHaveLength(5);
    expect(many.leases.every(({ leaseMs }) => leaseMs === 30_000)).toBe(true);
  });
});

describe('a record', () => {
  test('starts again with a lease that runs out in silence', async () => {
    await site.submit(lines(32 * 12));
    const [alice, bob] = [await site.contributor(), await site.contributor()];
    for (let i = 0; i < 10; i++) {
      await alice.turn();
      await bob.turn();
    }
    const { leases } = await alice.work();
    site.clock.now += leases[0].leaseMs + 1;
    const { answer } = await alice.turn();
    expect(answer?.verdicts).toMatchObject([
      { state: 'pending', code: 'verdict/awaiting-partner' },
    ]);
  });

  test('of ten confirmed results makes one enough', async () => {
    await site.submit(lines(32 * 13));
    const [alice, bob] = [await site.contributor(), await site.contributor()];
    for (let i = 0; i < 10; i++) {
      await alice.turn();
      await bob.turn();
    }
    const { answer } = await alice.turn();
    expect(answer?.verdicts).toMatchObject([{ state: 'accepted', code: 'verdict/audited' }]);
    expect((await bob.turn()).leases[0].deliver).toBe('output');
  });
});
