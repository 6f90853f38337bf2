// A database from before accounts had credit by state, consent and days: what is open is counted, what
// is over falls on its days, and whoever had a session had agreed to the first text.
import { readdir, readFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkBooks } from '#store/check-books.ts';
import { countDays } from '#store/count-days.ts';
import { migrate } from '#store/migrate.ts';
import { readTotals } from '#store/read-totals.ts';
import type { Transaction } from '#store/transaction.ts';

let database: PGlite;
let transaction: Transaction;
const hash = `\\x${'07'.repeat(32)}`;
const dayMs = 86_400_000;

/** Results of one account: one pending, one held, one accepted on each of two days. */
const before = `
  insert into projects (id, name, words, created_at) values ('p', 'P', '', 0);
  insert into files (id, project_id, purpose, filename, bytes, blob, created_at)
    values ('f', 'p', 'batch', 'f', 1, 'b', 0);
  insert into batches (id, project_id, input_file_id, endpoint, completion_window, status,
      created_at, expires_at, units_total, units_done, units_held)
    values ('batch', 'p', 'f', '/v1/embeddings', '24h', 'in_progress', 0, 1, 4, 2, 1);
  insert into units (batch_id, project_id, ordinal, digest, model, input_blob, row_count, cost,
      lines_alone, state, wanted, answered, output_digest, output_blob)
    values ('batch', 'p', 0, '${hash}', '${hash}', 'i', 1, 2000001, 1, 0, 2, 1, null, null),
      ('batch', 'p', 1, '${hash}', '${hash}', 'i', 1, 5000000, 1, 4, 1, 0, '${hash}', 'o'),
      ('batch', 'p', 2, '${hash}', '${hash}', 'i', 1, 7000000, 1, 2, 1, 0, '${hash}', 'o'),
      ('batch', 'p', 3, '${hash}', '${hash}', 'i', 1, 9000000, 1, 2, 1, 0, '${hash}', 'o');
  insert into accounts (id, accepted, pending, credit, created_at) values ('0xa', 2, 2, 16, 0);
  insert into sessions (id, account_id, session_key, nonce, wallet_grant, wallet_signature, backend,
      adapter, self_test, address, created_at, expires_at, last_wanted_at)
    values ('s', '0xa', '', '\\x00', '', '', 'wasm', '', '', '', 5, 99, 0);
  insert into leases (id, unit_id, session_id, account_id, address, deliver, state, granted_at,
      expires_at) select 'l' || id, id, 's', '0xa', '', 'output', 1, 0, 1 from units;
  insert into results (lease_id, unit_id, account_id, session_id, backend, digest, payload,
      signature, state, code, message, credit, receipt_id, received_at)
    select 'l' || id, id, '0xa', 's', 'wasm', '${hash}', '', '',
      case id when 1 then 0 when 2 then 3 else 1 end, '', '',
      case id when 3 then 7 when 4 then 9 else 0 end, case when id > 2 then 'r' || id end, 0
    from units;
  insert into transfers (kind, created_at) values ('receipts', ${dayMs}), ('receipts', ${3 * dayMs - 1});
  insert into log_queue (transfer_id, leaf_count) values (1, 1), (2, 1);
  insert into log_head (size, root, origin, public_key) values (0, '${hash}', 'o', '${hash}');
  insert into receipts (transfer_id, ordinal, id, kind, lease_id, unit_id, project_id, batch_id,
      account_id, payer, credit, payload, signature, leaf_hash)
    select id - 2, 0, 'r' || id, 'credited', 'l' || id, id, 'p', 'batch', '0xa', 'project:p:spent',
      case id when 3 then 7 else 9 end, '', '', '${hash}' from units where id > 2;
  insert into postings (transfer_id, account, amount) values
    (1, 'project:p:spent', -7), (1, 'contributor:0xa:earned', 7),
    (2, 'project:p:spent', -9), (2, 'contributor:0xa:earned', 9);`;

beforeAll(async () => {
  database = await PGlite.create();
  const query: Transaction['query'] = async (sql, parameters) =>
    (await database.query(sql, parameters)).rows as never;
  transaction = { query } as Transaction;
  const folder = new URL('../../src/store/migrations/', import.meta.url);
  await database.exec(`create table migrations (number int primary key, name text not null,
    applied_at timestamptz not null default now())`);
  for (const name of (await readdir(folder)).sort()) {
    const number = Number(name.slice(0, 4));
    if (number >= 9) continue;
    await database.exec(await readFile(new URL(name, folder), 'utf8'));
    await query('insert into migrations (number, name) values ($1, $2)', [number, name]);
  }
  await database.exec(before);
  await migrate({ exec: (sql) => database.exec(sql), query });
});
afterAll(() => database.close());

test('credit by state is what its results would earn', async () => {
  const totals = await readTotals(transaction, [{ account: '0xa' }]);
  expect(totals.get('0xa')).toEqual({
    accepted: 2,
    pending: 2,
    rejected: 0,
    credit: 16,
    creditPending: 3,
    creditHeld: 5,
  });
  await checkBooks(transaction);
});

test('what is over falls on its days of UTC', async () => {
  expect(await countDays(transaction, null)).toBe(false);
  const days = await transaction.query('select day, accepted, rejected, credit from account_days');
  expect(days).toEqual([
    { day: 1, accepted: 1, rejected: 0, credit: 7 },
    { day: 2, accepted: 1, rejected: 0, credit: 9 },
  ]);
  await countDays(transaction, null);
  await checkBooks(transaction);
});

test('whoever had a session had agreed to the first text when it began', async () => {
  const sessions = await transaction.query('select consent_version, consented_at from sessions');
  expect(sessions).toEqual([{ consent_version: 1, consented_at: 5 }]);
});

test.each([
  ['update accounts set credit_pending = 4', 'other than its results would earn'],
  ['update accounts set credit_held = 0', 'other than its results would earn'],
  ['update account_days set credit = 8 where day = 1', 'the days say other than the receipts'],
  ['delete from account_sessions', 'a session is of no account'],
  ["update accounts set bound_to = '0xb'", 'bound without its binding'],
])('the books find %s', async (damage, fault) => {
  await database.exec('begin');
  await database.exec(damage);
  await expect(checkBooks(transaction)).rejects.toThrow(fault);
  await database.exec('rollback');
});
