// A database of the first release, whose receipts had numbers and transfers of their own: they are
// kept, their books hold, and they stay outside the log, private as they were.
import { readFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkBooks } from '#store/check-books.ts';
import { appendToLog, openLog } from '#store/log-append.ts';
import { migrate } from '#store/migrate.ts';
import { findReceipt } from '#store/receipt-operations.ts';
import type { Transaction } from '#store/transaction.ts';

let database: PGlite;
let transaction: Transaction;
const hash = `\\x${'07'.repeat(32)}`;

const firstRelease = `
  insert into projects (id, name, words, created_at) values ('p', 'P', '', 0);
  insert into files (id, project_id, purpose, filename, bytes, blob, created_at)
    values ('f', 'p', 'batch', 'f', 1, 'b', 0);
  insert into batches (id, project_id, input_file_id, endpoint, completion_window, status,
      created_at, expires_at, units_total, units_done)
    values ('batch', 'p', 'f', '/v1/embeddings', '24h', 'completed', 0, 1, 1, 1);
  insert into units (batch_id, ordinal, digest, model, input_blob, row_count, cost, lines_alone,
      state, wanted, output_digest, output_blob)
    values ('batch', 0, '${hash}', '${hash}', 'blob', 1, 7000000, 1, 2, 2, '${hash}', 'out');
  insert into accounts (id, accepted, credit, created_at) values ('0xa', 1, 7, 0), ('0xb', 1, 7, 0);
  insert into sessions (id, account_id, session_key, nonce, wallet_grant, wallet_signature, backend,
      adapter, self_test, address, created_at, expires_at, last_wanted_at)
    select 's' || id, id, '', decode(md5(id), 'hex'), '', '', 'wasm', '', '', '', 0, 1, 0 from accounts;
  insert into leases (id, unit_id, session_id, account_id, address, deliver, state, granted_at,
      expires_at) select 'l' || id, 1, 's' || id, id, '', 'output', 1, 0, 1 from accounts;
  insert into results (lease_id, unit_id, account_id, session_id, backend, digest, payload,
      signature, state, code, message, credit, receipt_id, received_at)
    select 'l' || id, 1, id, 's' || id, 'wasm', '${hash}', '', '', 1, '', '', 7, 'r' || id, 0
    from accounts;
  insert into receipts (sequence, id, lease_id, unit_id, project_id, payload, signature)
    select row_number() over (order by id) - 1, 'r' || id, 'l' || id, 1, 'p', '\\x01', '\\x02'
    from accounts;
  insert into transfers (kind, receipt_id, created_at) select 'credit', id, 0 from receipts;
  insert into postings (transfer_id, account, amount)
    select transfers.id, side.account, side.amount
    from transfers join receipts on receipts.id = receipt_id,
      lateral (values ('project:p:spent', -7),
        ('contributor:' || substr(receipts.id, 2) || ':earned', 7)) as side (account, amount);`;

beforeAll(async () => {
  database = await PGlite.create();
  const query: Transaction['query'] = async (sql, parameters) =>
    (await database.query(sql, parameters)).rows as never;
  transaction = { query } as Transaction;
  const folder = new URL('../../src/store/migrations/', import.meta.url);
  await database.exec(await readFile(new URL('0001-spine.sql', folder), 'utf8'));
  await database.exec(firstRelease);
  await database.exec(`create table migrations (number int primary key, name text not null,
    applied_at timestamptz not null default now());
    insert into migrations (number, name) values (1, '0001-spine.sql')`);
  await migrate({ exec: (sql) => database.exec(sql), query });
});
afterAll(() => database.close());

test('its receipts are kept, and its books hold', async () => {
  const rows = await transaction.query(
    'select id, transfer_id, ordinal, kind, batch_id, payer, account_id, credit from receipts order by id',
  );
  const kept = { ordinal: 0, kind: 'credited', batch_id: 'batch', payer: 'project:p:spent' };
  expect(rows).toEqual([
    { id: 'r0xa', transfer_id: 1, account_id: '0xa', credit: 7, ...kept },
    { id: 'r0xb', transfer_id: 2, account_id: '0xb', credit: 7, ...kept },
  ]);
  expect(await checkBooks(transaction)).toMatchObject({ earned: { '0xa': 7, '0xb': 7 } });
});

test('they are nobody else’s to read, and no leaves', async () => {
  const publicKey = new Uint8Array(32).fill(1);
  await openLog(transaction, { origin: 'a.example/v1/log', publicKey });
  expect(await appendToLog(transaction, {})).toMatchObject({ appended: 0, more: false });
  expect(await findReceipt(transaction, { id: 'r0xa' })).toMatchObject({
    open: false,
    isLogged: false,
    leaf: null,
    lease: 'l0xa',
  });
});

test('nothing of what was kept can be changed', async () => {
  const change = transaction.query('update receipts set credit = 8');
  await expect(change).rejects.toThrow('receipts is append-only');
});
