// A database in memory with the rows that receipts hang on, for tests of the log: groups of receipts
// are written as a commit would write them, and any query can be made to fail.
import { createPrivateKey } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { makeNoteSigner, signCheckpoint } from '#ledger/log-signer.ts';
import { spentAccount } from '#ledger/postings.ts';
import { makeReceiptKey } from '#ledger/receipt-key.ts';
import { firstRate } from '#protocol/price.ts';
import { noteTypes } from '#protocol/signed-note-key.ts';
import type { TileReader } from '#protocol/tile-reader.ts';
import { sha256 } from '#sha256';
import { appendToLog, type LogStep, openLog, publishCheckpoint } from '#store/log-append.ts';
import { tileReader } from '#store/log-tiles.ts';
import { migrate } from '#store/migrate.ts';
import type { Transaction } from '#store/transaction.ts';
import { makeReceipts, type ReceiptEntry, writeReceipts } from '#store/write-receipts.ts';

export const origin = 'lab.example/v1/log';
export const signer = makeNoteSigner(origin, noteTypes.ed25519, createPrivateKey(makeReceiptKey()));

const digest = (text: string) => sha256(new TextEncoder().encode(text));

const seed = `
  insert into projects (id, name, words, created_at) values ('p', 'P', '', 0);
  insert into files (id, project_id, purpose, filename, bytes, blob, created_at)
    values ('f', 'p', 'batch', 'f', 1, 'b', 0);
  insert into batches (id, project_id, input_file_id, endpoint, completion_window, status,
    created_at, expires_at, units_total, open)
    select name, 'p', 'f', '/v1/embeddings', '24h', 'in_progress', 0, 1, 0, name = 'open'
    from unnest(array['open', 'private']) as name;
  insert into accounts (id, created_at) select '0x' || i, 0 from generate_series(0, 4) as i;
  insert into sessions (id, account_id, session_key, nonce, wallet_grant, wallet_signature, backend,
    adapter, self_test, address, created_at, expires_at, last_wanted_at, consent_version,
    consented_at)
    select 's' || i, '0x' || i, '', decode(md5(i::text), 'hex'), '', '', 'wasm', '', '', '', 0, 1, 0,
      2, 0
    from generate_series(0, 4) as i;
  insert into account_sessions select account_id, id from sessions;`;

/** Where the lab's tables are: PGlite in memory, or a replica's engine on PostgreSQL. */
export interface LabEngine {
  transaction<T>(run: (query: Transaction['query']) => Promise<T>): Promise<T>;
  /** Statements without parameters, as their own transaction. */
  exec(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface LabDatabase {
  exec: LabEngine['exec'];
  /** One transaction; rolled back if anything throws. @param failAt counts queries, from 0 */
  run<T>(operation: (transaction: Transaction) => Promise<T>, failAt?: number): Promise<T>;
  /** Queries of the last transaction. */
  queries: number;
  /** A commit's receipts: one entry each, by index into accounts. */
  write(group: LabReceipt[]): Promise<void>;
  /** One step of the sequencer, whole. */
  step(leavesMax?: number): Promise<LogStep>;
  reader: TileReader;
  close(): Promise<void>;
}

export interface LabReceipt {
  account: number;
  open: boolean;
  voided?: boolean;
}

export class Killed extends Error {}

async function embedded(): Promise<LabEngine> {
  const pglite = await PGlite.create();
  const ask =
    (asked: Pick<PGlite, 'query'>): Transaction['query'] =>
    async (sql, parameters) =>
      (await asked.query(sql, parameters)).rows as never;
  await migrate({ exec: (sql) => pglite.exec(sql), query: ask(pglite) });
  return {
    transaction: (run) => pglite.transaction((inner) => run(ask(inner as never))),
    exec: (sql) => pglite.exec(sql),
    close: () => pglite.close(),
  };
}

let leases = 0;

/** @param isFirst seeds the tables and begins the log */
export async function openLab(engine?: LabEngine, isFirst = true): Promise<LabDatabase> {
  const { transaction, exec, close } = engine ?? (await embedded());
  const lab: LabDatabase = {
    exec,
    close,
    queries: 0,
    reader: { read: (path) => lab.run(async (inside) => tileReader(inside).read(path)) },
    run: (operation, failAt = -1) =>
      transaction(async (query) => {
        lab.queries = 0;
        const counted: Transaction['query'] = async (sql, parameters) => {
          if (lab.queries++ === failAt) throw new Killed();
          return query(sql, parameters);
        };
        return operation({ query: counted });
      }),
    async write(group) {
      await lab.run(async (inside) => {
        const entries: ReceiptEntry[] = [];
        for (const { account, open, voided = false } of group) {
          const lease = `lease_${leases++}`;
          const unit = await insertWork(inside, lease, { account, open });
          entries.push({
            kind: voided ? 'voided' : 'credited',
            unit: { ...unit, kind: 0, batch_id: open ? 'open' : 'private', project_id: 'p', open },
            result: labResult(lease, account),
            code: 'verdict/confirmed',
            confirmedBy: ['coordinator'],
            rate: firstRate,
            credit: voided ? 0 : 1 + account,
            payer: spentAccount('p'),
          });
        }
        await writeReceipts(inside, makeReceipts(entries), 1);
      });
    },
    async step(leavesMax) {
      const options = leavesMax === undefined ? {} : { leavesMax };
      const step = await lab.run((inside) => appendToLog(inside, options));
      if (step.unsigned) {
        const { size, root } = step.unsigned;
        const checkpoint = signCheckpoint({ origin, size, root, extensions: [] }, signer);
        await lab.run((inside) => publishCheckpoint(inside, { size, checkpoint }));
      }
      return step;
    },
  };
  if (!isFirst) return lab;
  await exec(seed);
  const { publicKey } = signer.key;
  await lab.run((inside) => openLog(inside, { origin, publicKey }));
  return lab;
}

async function insertWork(
  { query }: Transaction,
  lease: string,
  { account, open }: { account: number; open: boolean },
) {
  const named = { digest: digest(lease), model: digest(lease) };
  const [{ id, cost }] = await query<{ id: number; cost: number }>(
    `insert into units (batch_id, project_id, ordinal, digest, model, input_blob, row_count, cost,
       lines_alone)
     values ($1, 'p', $2, $3, $3, 'b', 1, 1000000, 0) returning id, cost`,
    [open ? 'open' : 'private', Number(lease.split('_')[1]), named.digest],
  );
  await query(
    `insert into leases (id, unit_id, session_id, account_id, address, deliver, state, granted_at,
       expires_at) values ($1, $2, $3, $4, '', 'output', 1, 0, 1)`,
    [lease, id, `s${account}`, `0x${account}`],
  );
  await query(
    `insert into results (lease_id, unit_id, account_id, session_id, backend, digest, payload,
       signature, code, message, received_at) values ($1, $2, $3, $4, 'wasm', $5, '', '', '', '', 0)`,
    [lease, id, `0x${account}`, `s${account}`, named.digest],
  );
  return { id, cost, ...named };
}

function labResult(lease: string, account: number): ReceiptEntry['result'] {
  return {
    lease_id: lease,
    unit_id: 0,
    session_id: `s${account}`,
    account_id: `0x${account}`,
    backend: 'wasm',
    digest: digest(lease),
    output_blob: null,
    evidence: {
      payload: digest(lease),
      signature: new Uint8Array(64),
      place: 0,
      path: new Uint8Array(),
      head: digest(lease),
    },
    state: 0,
    grant: { account: `0x${account}` },
    wallet_signature: new Uint8Array(65),
  } as ReceiptEntry['result'];
}
