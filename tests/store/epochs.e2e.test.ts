// The database's side of epochs: what its books hold, that they stay as they were frozen, and that a
// close is whole or not at all; on the embedded database and on PostgreSQL.
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { creditAccount, orderAccount } from '#ledger/payers.ts';
import { spentAccount } from '#ledger/postings.ts';
import { closeEpoch, hasEpochNews } from '#store/epoch-close.ts';
import { findLatestEpoch, moveEpoch } from '#store/epoch-operations.ts';
import { readAccountPaid } from '#store/epoch-payments.ts';
import { openPostgres } from '#store/postgres.ts';
import { type EpochDatabase, openEpochLab, terms, wallet } from './epoch-lab.ts';
import { Killed } from './log-lab.ts';
import { findPostgres, type PostgresServer } from './postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const server = found as PostgresServer;

afterAll(async () => {
  if (!missing) await server.close();
});

async function openOnServer(): Promise<EpochDatabase> {
  const url = await server.makeDatabase();
  const engine = await openPostgres({ url, poolMax: 3 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return openEpochLab({
    transaction: (run) => engine.transaction('write', run),
    exec: (sql) => client.query(sql),
    async close() {
      await client.end();
      await engine.close();
    },
  });
}

const news = (lab: EpochDatabase) => lab.run((inside) => hasEpochNews(inside, null));

for (const [where, open, why] of [
  ['embedded', () => openEpochLab(), null],
  ['on PostgreSQL', openOnServer, missing],
] as const) {
  describe.skipIf(why)(`${where}${why ? ` (${why})` : ''}`, () => {
    let lab: EpochDatabase;
    let order: `0x${string}`;
    beforeEach(async () => {
      lab = await open();
      order = orderAccount(await lab.addOrder('order')) as `0x${string}`;
      await lab.addAccount('ann');
      await lab.addAccount('bob');
      return () => lab.close();
    });

    test('wallets have what orders paid them, with what their devices earned', async () => {
      const other = await lab.addOrder('other order');
      await lab.addAccount('phone', { kind: 'device', bound: 'ann' });
      await lab.addAccount('lonely', { kind: 'device' });
      await lab.addAccount('unasked', { kind: null });
      await lab.addAccount('home', { kind: null });
      await lab.addAccount('tablet', { kind: 'device', bound: 'home' });
      await lab.pay(['ann', 50, order], ['phone', 7, order], ['lonely', 3, order]);
      await lab.pay(['ann', 1_000, spentAccount('p')], ['bob', 11, orderAccount(other)]);
      await lab.pay(['unasked', 5, order], ['tablet', 6, order]);
      expect(await news(lab)).toBe(false);
      await lab.sign();
      await lab.closeEpoch(1, null);
      expect(await lab.books(1)).toEqual({
        credits: { ann: 57n, bob: 11n, home: 6n },
        debits: { [order.split(':')[1]]: 71n, [other]: 11n },
      });
      expect(await lab.run((inside) => findLatestEpoch(inside, { final: false }))).toMatchObject({
        number: 1,
        state: 'closing',
        checkpoint: { size: 7 },
        written: null,
        ...terms,
      });
    });

    test('receipts that the signed log lacks wait for the next epoch, counted piece by piece', async () => {
      await lab.pay(['ann', 50, order], ['bob', 5, order]);
      await lab.pay(['ann', 1, order]);
      await lab.sign();
      await lab.pay(['ann', 100, order]);
      expect(await lab.count(1)).toBe(true);
      expect(await lab.count(1)).toBe(false);
      expect(await lab.count(1)).toBe(false);
      await lab.closeEpoch(1, null);
      expect(await lab.books(1)).toMatchObject({ credits: { ann: 51n, bob: 5n } });
      // What is counted for the next leaves the frozen ones as they are.
      await lab.sign();
      while (await lab.count());
      expect(await news(lab)).toBe(true);
      expect(await lab.books(1)).toMatchObject({ credits: { ann: 51n, bob: 5n } });
      await lab.closeEpoch(2, 1);
      expect(await lab.books(2)).toMatchObject({ credits: { ann: 151n, bob: 5n } });
      expect(await news(lab)).toBe(false);
      await expect(lab.books(1)).rejects.toMatchObject({ code: 'settlement/epoch-moved' });
    });

    test('who spends its own credit has its leaf withheld until all of that is counted', async () => {
      const spent = creditAccount(wallet('ann'));
      await lab.pay(['ann', 50, order]);
      await lab.sign();
      await lab.closeEpoch(1, null);
      await lab.pay(['ann', 40, order]);
      await lab.sign();
      // A batch of its own has 30 set aside, then spends 20 of them and gives the rest back.
      await lab.exec(`update batches set payer = '${spent}', order_hash = (select hash from orders),
        rate_cap = 1000, reserved = 30 where id = 'open'`);
      await lab.closeEpoch(2, 1);
      expect(await lab.books(2)).toMatchObject({ credits: { ann: 50n } });
      await lab.pay(['bob', 20, spent]);
      await lab.exec("update batches set spent = 20, reserved = 20 where id = 'open'");
      await lab.closeEpoch(3, 2);
      expect(await lab.books(3)).toMatchObject({ credits: { ann: 50n } });
      await lab.sign();
      await lab.closeEpoch(4, 3);
      const { credits, debits } = await lab.books(4);
      expect(credits).toEqual({ ann: 70n, bob: 20n });
      expect(Object.values(debits)).toEqual([90n]);
    });

    test('a close that is killed at any query leaves nothing behind', async () => {
      await lab.pay(['ann', 50, order], ['bob', 5, order]);
      await lab.sign();
      let kills = 0;
      for (; ; kills++) {
        const closed = await lab.closeEpoch(1, null, kills).then(
          () => true,
          (thrown) => {
            expect(thrown.cause ?? thrown).toBeInstanceOf(Killed);
            return false;
          },
        );
        if (closed) break;
        expect(await lab.run((inside) => findLatestEpoch(inside, { final: false }))).toBeNull();
        expect(await lab.run(({ query }) => query('select * from epoch_credits'))).toEqual([]);
        expect(await lab.run(({ query }) => query('select * from epoch_sums'))).toEqual([]);
      }
      expect(kills).toBeGreaterThan(8);
      expect(await lab.books(1)).toMatchObject({ credits: { ann: 50n, bob: 5n } });
    });

    test('an epoch is moved from the state that is meant alone, and closed on its terms alone', async () => {
      await lab.pay(['ann', 50, order]);
      await lab.sign();
      await lab.closeEpoch(1, null);
      await expect(lab.closeEpoch(2, null)).rejects.toMatchObject({
        code: 'settlement/epoch-moved',
        retryable: true,
      });
      const move = { number: 1, from: 'built', to: 'posting', now: 1 } as const;
      await expect(lab.run((inside) => moveEpoch(inside, move))).rejects.toMatchObject({
        code: 'settlement/epoch-moved',
      });
      const dearer = { number: 2, after: 1, ...terms, creditsPerTokenUnit: 11n, now: 1 };
      await expect(lab.run((inside) => closeEpoch(inside, dearer))).rejects.toMatchObject({
        code: 'settlement/other-terms',
      });
    });

    test('what an epoch says can be claimed once it is final', async () => {
      await lab.pay(['ann', 50, order]);
      await lab.sign();
      await lab.closeEpoch(1, null);
      const account = wallet('ann');
      const paid = () => lab.run((inside) => readAccountPaid(inside, { account, limit: 9 }));
      expect(await paid()).toEqual({ leaf: null, claimed: 0n, transactions: [] });
      await lab.makeFinal(1);
      await lab.pay(['ann', 50, order]);
      await lab.sign();
      await lab.closeEpoch(2, 1);
      expect(await paid()).toMatchObject({ leaf: { epoch: 1, credit: 50n } });
    });
  });
}
