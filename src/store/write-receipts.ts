// What a commit rules, as receipts: credited by one transfer whose postings are their sums, and
// queued for the log as one group. One statement, whatever their number. Each is signed when it is
// asked for.
import { randomBytes } from 'node:crypto';
import { sumPostings } from '#ledger/postings.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { assert } from '#protocol/errors.ts';
import { SALT_BYTES, sealPosting } from '#protocol/log-entry.ts';
import { leafHash } from '#protocol/merkle.ts';
import { encodeReceipt, type ReceiptPayload } from '#protocol/receipt.ts';
import { ARITHMETIC, BOUNDED, WIRE_VERSION } from '#protocol/wire.ts';
import { send } from './send.ts';
import { type KeptEvidence, type SignedResult, type UnitRow, unitKinds } from './settlement.ts';
import type { Transaction } from './transaction.ts';

export interface ReceiptEntry {
  /** A lease has at most one receipt of each kind. */
  kind: 'credited' | 'voided';
  unit: Pick<UnitRow, 'id' | 'kind' | 'digest' | 'model' | 'cost' | 'project_id' | 'open'> & {
    /** Null for a unit whose rows come from several batches of one project. */
    batch_id: string | null;
  };
  result: SignedResult;
  /** Such as verdict/confirmed. */
  code: string;
  /** Accounts, or `coordinator`, whose results agreed. */
  confirmedBy: string[];
  /** Credits for 10^9 multiply-adds. */
  rate: number;
  /** 0 for a voided one, which makes no posting. */
  credit: number;
  /** Ledger account debited, such as project:ID:spent. */
  payer: string;
}

const hashBytes = 32;

/** Columns by `unnest`, so that the statement has one plan. */
const insertReceipts = `with transfer as (
    insert into transfers (kind, created_at) values ('receipts', $1) returning id
  ), posted as (
    insert into postings (transfer_id, account, amount)
    select id, account, amount
    from transfer, unnest($2::text[], $3::bigint[]) as posting (account, amount)
  ), queued as (
    insert into log_queue (transfer_id, leaf_count)
    select id, cardinality($4::text[]) from transfer
  )
  insert into receipts (transfer_id, ordinal, id, kind, lease_id, unit_id, project_id, batch_id,
    account_id, payer, credit, payload, salt, leaf_hash)
  select transfer.id, ordinal - 1, fresh.id, kind, lease_id, unit_id, project_id, batch_id,
    account_id, payer, credit, payload, salt, leaf_hash
  from transfer, unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[],
      $10::text[], $11::text[], $12::bigint[], $13::bytea[], $14::bytea[], $15::bytea[])
    with ordinality as fresh (id, kind, lease_id, unit_id, project_id, batch_id, account_id, payer,
      credit, payload, salt, leaf_hash, ordinal)`;

export interface MadeReceipt {
  entry: ReceiptEntry;
  id: string;
  payload: Bytes;
}

export function makeReceipts(entries: readonly ReceiptEntry[]): MadeReceipt[] {
  return entries.map((entry) => {
    const { id, bytes: payload } = encodeReceipt(describe(entry));
    return { entry, id, payload };
  });
}

export async function writeReceipts(
  transaction: Transaction,
  receipts: readonly MadeReceipt[],
  now: number,
): Promise<void> {
  if (receipts.length === 0) return;
  const entries = receipts.map(({ entry }) => entry);
  const postings = sumPostings(
    entries.map(({ result, payer, credit }) => ({ account: result.account_id, payer, credit })),
  );
  const salts = new Uint8Array(randomBytes(SALT_BYTES * entries.length));
  const leaves = receipts.map((receipt, i) =>
    makeLeaf(receipt, salts.slice(SALT_BYTES * i, SALT_BYTES * (i + 1))),
  );
  await send(transaction, insertReceipts, [
    now,
    postings.map(({ account }) => account),
    postings.map(({ amount }) => amount),
    receipts.map(({ id }) => id),
    entries.map(({ kind }) => kind),
    entries.map(({ result }) => result.lease_id),
    entries.map(({ unit }) => unit.id),
    entries.map(({ unit }) => unit.project_id),
    entries.map(({ unit }) => unit.batch_id),
    entries.map(({ result }) => result.account_id),
    entries.map(({ payer }) => payer),
    entries.map(({ credit }) => credit),
    receipts.map(({ payload }) => payload),
    leaves.map(({ salt }) => salt),
    leaves.map(({ hash }) => hash),
  ]);
}

/** A receipt of an open batch is its own leaf; any other has a salt, and a leaf that commits to it. */
function makeLeaf({ entry, payload }: MadeReceipt, salt: Uint8Array) {
  const { kind: of, unit, result, payer, credit } = entry;
  if (unit.open) return { salt: null, hash: leafHash(payload) };
  const { account } = result.grant;
  const sealed = sealPosting({ of, batch: unit.batch_id, account, payer, credit }, payload, salt);
  return { salt, hash: leafHash(sealed) };
}

function showResult({ payload, signature, place, path, head }: KeptEvidence) {
  if (place === null || !path || !head) return { payload, signature };
  const hashes = Array.from({ length: path.length / hashBytes }, (_, i) =>
    path.subarray(hashBytes * i, hashBytes * (i + 1)),
  );
  return { payload, index: place, path: hashes, call: { payload: head, signature } };
}

function describe(entry: ReceiptEntry): ReceiptPayload {
  const { kind, unit, result, code, confirmedBy, rate, credit, payer } = entry;
  assert(kind === 'credited' ? credit > 0 : credit === 0, 'a voided receipt moves nothing');
  return {
    kind,
    wire: WIRE_VERSION,
    arithmetic: unitKinds[unit.kind] === 'bounded' ? BOUNDED : ARITHMETIC,
    batch: unit.batch_id,
    unit: unit.digest,
    model: unit.model,
    digest: result.digest,
    account: result.grant.account,
    cost: Number(unit.cost),
    rate,
    credit,
    payer,
    code,
    confirmedBy,
    grant: result.grant,
    walletSignature: result.wallet_signature,
    ...(result.wallet_check && { walletCheck: result.wallet_check }),
    result: showResult(result.evidence),
  };
}
