// Credit of accepted results: a receipt each, numbered without a gap, and the transfer that pays it.

import { creditForCost, creditPostings, type Posting } from '#ledger/postings.ts';
import { signReceipt } from '#ledger/receipt-key.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import { ARITHMETIC, type Grant, WIRE_VERSION } from '#protocol/wire.ts';
import type { Ruling } from '#validator/judge.ts';
import type { ResultRow, Settlement, UnitRow } from './settlement.ts';
import type { Transaction } from './transaction.ts';

/** Receipts, transfers and postings of what was accepted. @returns receipt ids by lease */
export async function writeReceipts(
  transaction: Transaction,
  settlements: Settlement[],
  now: number,
): Promise<Map<string, string>> {
  const accepted = settlements.flatMap(({ unit, results, judgement }) =>
    judgement.rulings
      .filter((ruling) => ruling.accepted)
      .map((ruling) => ({
        unit,
        ruling,
        result: results.find(({ lease_id }) => lease_id === ruling.lease)!,
      })),
  );
  const ids = new Map<string, string>();
  if (accepted.length === 0) return ids;
  const [{ next }] = await transaction.query<{ next: number }>(
    'select coalesce(max(sequence) + 1, 0) as next from receipts',
  );
  const readGrant = createGrantReader();
  const receipts = accepted.map(({ unit, ruling, result }, index) => ({
    lease: ruling.lease,
    unit,
    sequence: Number(next) + index,
    postings: creditPostings(unit.project_id, result.account_id, creditForCost(unit.cost)),
    receipt: makeReceipt(transaction, {
      unit,
      ruling,
      result,
      sequence: Number(next) + index,
      grant: readGrant(result),
    }),
  }));
  await transaction.query(
    `insert into receipts (sequence, id, lease_id, unit_id, project_id, payload, signature)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[],
       $6::bytea[], $7::bytea[])`,
    [
      receipts.map(({ sequence }) => sequence),
      receipts.map(({ receipt }) => receipt.id),
      receipts.map(({ lease }) => lease),
      receipts.map(({ unit }) => unit.id),
      receipts.map(({ unit }) => unit.project_id),
      receipts.map(({ receipt }) => receipt.payload),
      receipts.map(({ receipt }) => receipt.signature),
    ],
  );
  await writeTransfers(
    transaction,
    receipts.map(({ receipt, postings }) => ({ receipt: receipt.id, postings })),
    now,
  );
  for (const { lease, receipt } of receipts) ids.set(lease, receipt.id);
  return ids;
}

async function writeTransfers(
  transaction: Transaction,
  transfers: { receipt: string; postings: Posting[] }[],
  now: number,
): Promise<void> {
  const flat = transfers.flatMap(({ receipt, postings }) =>
    postings.map((posting) => ({ receipt, ...posting })),
  );
  await transaction.query(
    `with inserted as (
       insert into transfers (kind, receipt_id, created_at)
       select 'credit', receipt_id, $2::bigint from unnest($1::text[]) as receipt_id
       returning id, receipt_id
     )
     insert into postings (transfer_id, account, amount)
     select inserted.id, posting.account, posting.amount
     from unnest($3::text[], $4::text[], $5::bigint[]) as posting (receipt_id, account, amount)
     join inserted on inserted.receipt_id = posting.receipt_id`,
    [
      transfers.map(({ receipt }) => receipt),
      now,
      flat.map(({ receipt }) => receipt),
      flat.map(({ account }) => account),
      flat.map(({ amount }) => amount),
    ],
  );
}

/** A session's results come by the dozen, its grant is read once. */
function createGrantReader(): (result: ResultRow) => Grant {
  const grants = new Map<string, Grant>();
  return ({ session_id, wallet_grant }) => {
    const known = grants.get(session_id) ?? (decodeCbor(wallet_grant) as Grant);
    grants.set(session_id, known);
    return known;
  };
}

interface ReceiptInput {
  grant: Grant;
  unit: UnitRow;
  ruling: Ruling;
  result: ResultRow;
  sequence: number;
}

function makeReceipt(
  transaction: Transaction,
  { unit, ruling, result, sequence, grant }: ReceiptInput,
) {
  return signReceipt(
    {
      kind: 'credited',
      wire: WIRE_VERSION,
      arithmetic: ARITHMETIC,
      sequence,
      batch: unit.batch_id,
      unit: unit.digest,
      model: unit.model,
      digest: result.digest,
      account: grant.account,
      cost: Number(unit.cost),
      credit: creditForCost(unit.cost),
      code: ruling.code,
      confirmedBy: ruling.confirmedBy,
      grant,
      walletSignature: result.wallet_signature,
      result: { payload: result.payload, signature: result.signature },
    },
    transaction.signingKey,
  );
}
