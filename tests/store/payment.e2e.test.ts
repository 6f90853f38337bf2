// Batches paid from an order, computed by honest contributors, liars and latecomers: what is spent stays
// within what was set aside, to the credit, and what they earned pays for batches of their own.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coveredAccount, creditAccount, orderAccount } from '#ledger/payers.ts';
import { recalledAccount } from '#ledger/postings.ts';
import { firstRate } from '#protocol/price.ts';
import { readFunds } from '#store/read-funds.ts';
import { type Policy, policy } from '#validator/policy.ts';
import { makeDraw } from '../sim/draw.ts';
import { restoreRandom, seedRandom } from '../sim/seed-random.ts';
import { openSqlQueue } from '../sim/sql-queue.ts';
import { accountOf, type Crowd, runCrowd } from './payment-crowd.ts';
import { dayMs, hashOf, openPaymentLab, type PaymentLab } from './payment-lab.ts';

const speed = [2, 8] as const;
const crowd: Crowd = {
  honest: { count: 4, plan: { speed } },
  // Longer at a unit than its lease lasts.
  late: { count: 1, plan: { speed: [0.2, 0.3] } },
  vanishing: { count: 1, plan: { speed, vanishes: 1 / 20 } },
  liar: { count: 1, plan: { speed, lie: { after: 3, share: 1 / 4, rows: 4 } } },
  ring: {
    count: 2,
    plan: { speed, friends: 'vouch', lie: { after: 6, share: 1 / 4, rows: 2, paired: true } },
  },
};

/** Trusted early, so that rows are audited within a few units. */
const steep: Policy = {
  ...policy,
  runMin: 3,
  provenMin: 8,
  watched: [{ confirmedBelow: 20, rows: 8 }],
  holdUnits: [{ confirmedBelow: Number.POSITIVE_INFINITY, units: 3 }],
};

const waits = {
  composeMs: 20_000,
  partnerMs: 60_000,
  liveMs: 60_000,
  goneMs: 5 * 60_000,
  leaseMsMin: 60_000,
  leaseSlack: 0,
};

const tip = 77;
const order = hashOf('order');
const units = 24;
const rows = 32;

let lab: PaymentLab;
let end = 0;
beforeAll(async () => {
  lab = await openPaymentLab();
  const terms = { rateCap: firstRate + tip, tip, order };
  const options = { rules: steep, secret: 'of the draws', waits, laboratory: false, terms };
  const queue = await openSqlQueue(lab.engine, options);
  await lab.addOrder('order', { cap: 1_000_000_000n });
  await lab.addEscrow(1_000_000_000n);
  for (let batch = 0; batch < 3; batch++) {
    await queue.addBatch({ units, rows, level: 'sampled', now: 0 });
  }
  // One run, whatever the machine: leases are named by random bytes.
  seedRandom('of the crowd');
  const cancelAt = 60_000;
  let cancelled = false;
  end = await runCrowd(queue, {
    crowd,
    draw: makeDraw(5),
    tickMs: 5_000,
    callsMax: 20_000,
    async look(now) {
      if (!cancelled && now >= cancelAt) {
        await lab.run('cancelBatch', { project: 'project 0', id: 'batch 0002', now });
        cancelled = true;
      }
      const open = await lab.query<{ id: string; ready: boolean }>(
        `select id, status = 'finalizing' or status = 'cancelling' and units_held = 0 as ready
         from batches where ended_at is null`,
      );
      for (const { id, ready } of open) if (ready) await lab.endBatch(id, now);
      const left = await lab.query('select 1 from batches where refunded is null');
      return left.length === 0;
    },
  });
});
afterAll(async () => {
  restoreRandom();
  await lab.close();
});

interface Paid {
  reserved: number;
  spent: number;
  refunded: number | null;
  status: string;
}

describe('after a run with liars and late results', () => {
  test('every batch is over, has spent no more than it set aside, and got back the rest', async () => {
    const batches = await lab.query<Paid>('select * from batches order by id');
    expect(batches.map(({ status }) => status)).toEqual(['completed', 'completed', 'cancelled']);
    for (const { reserved, spent, refunded } of batches) {
      expect(reserved).toBe(spent);
      expect(refunded).toBeGreaterThan(0);
    }
    expect(batches[0].spent).toBeGreaterThan(0);
    const convicted = await lab.query('select 1 from accounts where convictions > 0');
    expect(convicted.length).toBeGreaterThan(0);
    const late = await lab.query(
      `select 1 from results join leases on leases.id = lease_id
       where received_at > expires_at and results.state = 1`,
    );
    expect(late.length).toBeGreaterThan(0);
  });

  test('what the order has paid is what its batches have spent, in receipts and in the books', async () => {
    const [{ spent }] = await lab.query<{ spent: string }>(
      'select sum(spent)::text as spent from batches',
    );
    const receipts = await lab.query<{ payer: string; credit: string }>(
      `select payer, sum(credit)::text as credit from receipts where credit > 0 group by payer`,
    );
    const paid = new Map(receipts.map(({ payer, credit }) => [payer, credit]));
    expect(paid.get(orderAccount(order))).toBe(spent);
    const known = [orderAccount(order), coveredAccount, recalledAccount];
    for (const payer of paid.keys()) expect(known).toContain(payer);
    const [posted] = await lab.query<{ amount: string }>(
      'select (-sum(amount))::text as amount from postings where account = $1',
      [orderAccount(order)],
    );
    expect(posted.amount).toBe(spent);
    await lab.run('checkBooks', null);
  });

  test('audits were of this order, and every unit that was leased at the rate and its tip', async () => {
    const audits = await lab.query<{ payer: string; tip: number }>(
      'select payer, tip, rate_cap from units where kind = 1',
    );
    expect(audits.length).toBeGreaterThan(0);
    for (const audit of audits) {
      expect(audit).toEqual({ payer: orderAccount(order), tip, rate_cap: firstRate + tip });
    }
    const rates = await lab.query<{ rate: number }>(
      'select distinct rate from units where rate is not null',
    );
    expect(rates).toEqual([{ rate: firstRate + tip }]);
    const costs = await lab.query(
      'select 1 from audit_rows where audit_id is not null and cost is null',
    );
    expect(costs).toEqual([]);
  });
});

describe("a contributor's own credit", () => {
  const who = accountOf('honest 0');
  const own = { source: 'credit' as const, requester: who, cap: 1_000_000_000n };

  const earned = async () => {
    const [{ sum }] = await lab.query<{ sum: number }>(
      `select sum(credit)::bigint as sum from receipts where account_id = $1 and payer like 'order:%'`,
      [who],
    );
    return Number(sum);
  };

  async function begin(id: string, hash: string) {
    const terms = { rateCap: 1, tip: 0, order: hash };
    await lab.createBatch({ id, terms, now: end });
    return lab.beginBatch({ id, now: end });
  }

  const free = async (hash: string) => {
    const found = await lab.run('findOrder', { project: 'project 0', id: hash });
    return lab.engine.transaction('write', async (query) => {
      return Number((await readFunds({ query }, found!, 1_000n)).held);
    });
  };

  test('is what an order of its own may spend, without a chain', async () => {
    const hash = await lab.addOrder('own', { ...own, expiresAt: (end + 2 * dayMs) / 1000 });
    const credit = await earned();
    expect(credit).toBeGreaterThan(0);
    expect(await free(hash)).toBe(credit);
    expect(await begin('own 0', hash)).toBeNull();
    const batch = await lab.findBatch('own 0');
    expect(batch.payer).toBe(creditAccount(who));
    expect(await free(hash)).toBe(credit - Number(batch.reserved));
    await lab.query('update batches set spent = 1 where id = $1', ['own 0']);
    await lab.run('cancelBatch', { project: 'project 0', id: 'own 0', now: end });
    await lab.endBatch('own 0', end);
    expect(await free(hash)).toBe(credit - 1);
  });

  test('is spent once: what an epoch says is claimed on the chain', async () => {
    const hash = await lab.addOrder('own again', { ...own, nonce: hashOf('again') });
    const before = await free(hash);
    await lab.query('insert into epoch_credits (account_id, credit, epoch) values ($1, $2, 1)', [
      who,
      before - 3,
    ]);
    expect(await free(hash)).toBe(3);
    expect(await begin('own 1', hash)).toMatchObject({ code: 'insufficient_funds' });
    const { errors } = await lab.findBatch('own 1');
    expect(errors?.[0].message).toContain('3 are available of the credit that the account earned');
  });

  test('of who earned none pays for nothing', async () => {
    const hash = await lab.addOrder('none', { ...own, requester: accountOf('liar 9') });
    expect(await begin('own 2', hash)).toMatchObject({ code: 'insufficient_funds' });
  });
});
