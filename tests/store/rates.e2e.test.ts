// Epochs of the rate in the tables, on PGlite and on a real PostgreSQL: each closed once, what comes late
// counted in the next, and the market as the ledger's rules see it.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findRateFault } from '#ledger/audit-rates.ts';
import { nextRate, rateOf, startRate } from '#ledger/rate-controller.ts';
import { firstRate, rateEpochMs } from '#protocol/price.ts';
import { openEmbedded } from '#store/database-embedded.ts';
import type { DatabaseEngine } from '#store/database-engine.ts';
import { openPostgres } from '#store/postgres.ts';
import { addPresence, addVerified, surveyMarket } from '#store/presence.ts';
import { closeRates, readRate, readRates } from '#store/rates.ts';
import type { Transaction } from '#store/transaction.ts';
import { findPostgres, type PostgresServer } from './postgres-server.ts';

const start = 1_000;
const minuteMs = 60_000;
const seen = { verified: 900n, capacity: 1_000n, waiting: false };
const nothing = { verified: 0n, capacity: 0n, waiting: false };

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const postgres = found as PostgresServer;
afterAll(async () => {
  if (!missing) await postgres.close();
});

let engine: DatabaseEngine;

const places: [string, string | null, () => Promise<() => Promise<void>>][] = [
  [
    'PGlite',
    null,
    async () => {
      const root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-rates-'));
      engine = await openEmbedded(path.join(root, 'database'));
      return () => rm(root, { recursive: true });
    },
  ],
  [
    'PostgreSQL',
    missing,
    async () => {
      engine = await openPostgres({ url: await postgres.makeDatabase(), poolMax: 2 });
      return async () => {};
    },
  ],
];

/** In a transaction that leaves nothing behind. */
async function inTransaction(run: (transaction: Transaction) => Promise<void>): Promise<void> {
  const undo = new Error('undo');
  const transaction = engine.transaction('write', async (query) => {
    await run({ query });
    throw undo;
  });
  await transaction.catch((thrown: unknown) => {
    if (thrown !== undo && (thrown as Error).cause !== undo) throw thrown;
  });
}

const close = (transaction: Transaction, epoch: number, market = seen) =>
  closeRates(transaction, { epoch, seen: market, now: epoch * rateEpochMs });

describe.each(places)('%s', (_where, why, open) => {
  describe.skipIf(why !== null)(why ? `is not there: ${why}` : 'epochs', () => {
    let remove: () => Promise<void>;
    beforeAll(async () => {
      remove = await open();
    });
    afterAll(async () => {
      await engine.close();
      await remove();
    });

    test('before the first epoch is closed, and after it, the rate is the first', () =>
      inTransaction(async (transaction) => {
        expect(await readRate(transaction)).toBe(firstRate);
        // The epoch that had begun: whatever was seen of it counts for nothing.
        await close(transaction, start);
        expect(await readRate(transaction)).toBe(firstRate);
        expect(await readRates(transaction, { before: null, most: 9 })).toMatchObject([
          { epoch: start, rate: firstRate, seen: nothing, carry: 0n, usual: 0n },
        ]);
      }));

    test('an epoch is closed once, by the rule, and its history follows from itself', () =>
      inTransaction(async (transaction) => {
        const close3 = async (from: number) => {
          for (const epoch of [from, from + 1, from + 1, from, from + 5]) {
            await close(transaction, epoch);
          }
        };
        await close3(start);
        await close3(start);
        const history = await readRates(transaction, { before: null, most: 9 });
        expect(history.map(({ epoch }) => epoch)).toEqual([start, start + 1, start + 5]);
        expect(findRateFault(history)).toBeNull();
        let state = { ...startRate(firstRate), epoch: start };
        for (const epoch of [start + 1, start + 5]) state = nextRate(state, { ...seen, epoch });
        expect(history[2]).toEqual({ ...state, seen, rate: rateOf(state) });
        expect(await readRate(transaction)).toBe(rateOf(state));
        expect(await readRates(transaction, { before: start + 5, most: 1 })).toEqual([history[1]]);
        const change = transaction.query('update rates set rate = 7');
        await expect(change).rejects.toThrow();
      }));

    describe('presence', () => {
      const account = '0xa';
      const there = (epoch: number, busyMs: number, waitingMs = 0) => ({
        ...{ account, epoch, busyMs, waitingMs },
      });

      test('sums, and what comes after its epoch was closed counts in the one that is open', () =>
        inTransaction(async (transaction) => {
          await close(transaction, start);
          const early = [
            there(start, 5),
            there(start + 1, 7, 1),
            { ...there(start, 9), account: '0xb' },
          ];
          await addPresence(transaction, { seen: early });
          await addPresence(transaction, { seen: [there(start + 1, 10)] });
          const rows = await transaction.query(
            `select epoch::int as epoch, account_id, busy_ms::int as busy, waiting_ms::int as waiting
         from presence order by account_id`,
          );
          expect(rows).toEqual([
            { epoch: start + 1, account_id: '0xa', busy: 22, waiting: 1 },
            { epoch: start + 1, account_id: '0xb', busy: 9, waiting: 0 },
          ]);
        }));

      test('is a capacity by what was verified in the day, and the epoch counts what was paid', () =>
        inTransaction(async (transaction) => {
          await close(transaction, start);
          await addPresence(transaction, {
            seen: [there(start + 1, 30 * minuteMs, 20 * minuteMs)],
          });
          await addWork(transaction, { account, cost: 6_000, payer: 'project:p:spent' });
          await addWork(transaction, { account, cost: 3_000, payer: 'coordinator:recalled' });
          await addVerified(transaction, { after: 0, last: 2 });
          const survey = { epoch: start + 1, after: start, rate: firstRate };
          // 9,000 in half an hour, and twenty minutes more to be had.
          const market = { verified: 6_000n, capacity: 15_000n, waiting: false };
          expect(await surveyMarket(transaction, survey)).toEqual(market);
          // The next epoch: the speed is still proved, but nobody is there.
          const next = { epoch: start + 2, after: start + 1, rate: firstRate };
          expect(await surveyMarket(transaction, next)).toEqual(nothing);
          const later = { epoch: start + 26, after: start + 25, rate: firstRate };
          expect(await surveyMarket(transaction, later)).toEqual(nothing);
          await close(transaction, start + 1, market);
          expect(await transaction.query('select * from presence')).toHaveLength(1);
          await close(transaction, start + 60);
          expect(await transaction.query('select * from presence')).toEqual([]);
        }));

      test('a unit that anyone may take at the rate has waited once it was there all the while', () =>
        inTransaction(async (transaction) => {
          const hasWaited = async (epoch: number, rate = firstRate) =>
            (await surveyMarket(transaction, { epoch, after: epoch - 1, rate })).waiting;
          await addUnit(transaction, { madeAt: start * rateEpochMs, cap: 1_200 });
          expect(await hasWaited(start - 1)).toBe(false);
          expect(await hasWaited(start)).toBe(true);
          expect(await hasWaited(start, 1_201)).toBe(false);
          await transaction.query('update units set tip = 200, payer = null');
          expect(await hasWaited(start, 1_001)).toBe(false);
          await transaction.query('update units set tip = 0, rate_cap = null');
          expect(await hasWaited(start, 10 ** 9)).toBe(true);
          for (const taken of [
            'wanted = 1',
            'by_choice = true',
            "access_id = 'list'",
            'state = 3',
          ]) {
            await transaction.query('savepoint before');
            await transaction.query(`update units set ${taken}`);
            expect(await hasWaited(start)).toBe(false);
            await transaction.query('rollback to before');
          }
        }));
    });
  });
});

const digest = "sha256('digest')";

async function addBatch(transaction: Transaction): Promise<void> {
  await transaction.query(
    `insert into projects (id, name, words, created_at) values ('p', 'p', '', 0)
     on conflict do nothing`,
  );
  await transaction.query(
    `insert into files (id, project_id, purpose, filename, bytes, blob, created_at)
     values ('f', 'p', 'batch', '', 0, '', 0) on conflict do nothing`,
  );
  await transaction.query(
    `insert into batches (id, project_id, input_file_id, endpoint, completion_window, status,
       created_at, expires_at)
     values ('b', 'p', 'f', '', '', 'in_progress', 0, 0) on conflict do nothing`,
  );
}

async function addUnit(
  transaction: Transaction,
  { madeAt = 0, cap = null, cost = 1 }: { madeAt?: number; cap?: number | null; cost?: number },
): Promise<number> {
  await addBatch(transaction);
  const [{ id }] = await transaction.query<{ id: number }>(
    `insert into units (batch_id, ordinal, digest, model, input_blob, row_count, cost, lines_alone,
       project_id, made_at, rate_cap)
     select 'b', count(*), ${digest}, ${digest}, '', 1, $1, 1, 'p', $2::bigint, $3::bigint
     from units returning id`,
    [cost, madeAt, cap],
  );
  return id;
}

/** A credited receipt of a transfer of its own, in the first epoch that is open. */
async function addWork(
  transaction: Transaction,
  { account, cost, payer }: { account: string; cost: number; payer: string },
): Promise<void> {
  const { query } = transaction;
  const unit = await addUnit(transaction, { cost });
  await query('update units set wanted = 1 where id = $1', [unit]);
  const lease = `lease ${unit}`;
  await query(`insert into accounts (id, created_at) values ($1, 0) on conflict do nothing`, [
    account,
  ]);
  await query(
    `insert into sessions (id, account_id, session_key, nonce, wallet_grant, wallet_signature, backend,
       adapter, self_test, address, consent_version, consented_at, created_at, expires_at, last_wanted_at)
     values ('s', $1, ${digest}, ${digest}, '', '', 'wasm', '', ${digest}, '', 1, 0, 0, 0, 0)
     on conflict do nothing`,
    [account],
  );
  await query(
    `insert into leases (id, unit_id, session_id, account_id, address, deliver, granted_at, expires_at)
     values ($1, $2, 's', $3, '', 'output', 0, 0)`,
    [lease, unit, account],
  );
  const [{ id }] = await query<{ id: number }>(
    `insert into transfers (id, kind, created_at)
     overriding system value select coalesce(max(id), 0) + 1, 'receipts', $1 from transfers
     returning id`,
    [(start + 1) * rateEpochMs + 5],
  );
  await query(
    `insert into receipts (transfer_id, ordinal, id, kind, lease_id, unit_id, project_id, batch_id,
       account_id, payer, credit, payload, salt, leaf_hash)
     values ($1, 0, $2, 'credited', $2, $3, 'p', 'b', $4, $5, 1, '', null, ${digest})`,
    [id, lease, unit, account, payer],
  );
}
