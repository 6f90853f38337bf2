// What a receipt shows of its result: the contributor's own words, and the grant under which its
// session signed them.
import { decodeCbor } from '#protocol/cbor.ts';
import { assert } from '#protocol/errors.ts';
import type { Grant } from '#protocol/wire.ts';
import type { ReceiptDraft } from './outcome.ts';
import type { SignedGrant, SignedResult } from './settlement.ts';
import type { Transaction } from './transaction.ts';
import type { ReceiptEntry } from './write-receipts.ts';

type Signed = Pick<SignedResult, 'payload' | 'signature'>;

/** Looked up here where the draft has them not, since few verdicts need them. */
export async function completeDrafts(
  transaction: Transaction,
  drafts: readonly ReceiptDraft[],
): Promise<ReceiptEntry[]> {
  if (drafts.length === 0) return [];
  const signed = await findSigned(transaction, drafts);
  const grants = await findGrants(
    transaction,
    drafts.map(({ result }) => result.session_id),
  );
  return drafts.map((draft) => {
    const grant = grants.get(draft.result.session_id);
    assert(grant, 'a result has a session');
    const words = signed.get(draft.result.lease_id) as Signed;
    return { ...draft, result: { ...draft.result, ...words, ...grant } };
  });
}

async function findSigned(transaction: Transaction, drafts: readonly ReceiptDraft[]) {
  const signed = new Map<string, Signed>();
  const missing: string[] = [];
  for (const { result } of drafts) {
    const { lease_id, payload, signature } = result;
    if (payload && signature) signed.set(lease_id, { payload, signature });
    else missing.push(lease_id);
  }
  if (missing.length === 0) return signed;
  const rows = await transaction.query<Signed & { lease_id: string }>(
    'select lease_id, payload, signature from results where lease_id = any($1::text[])',
    [missing],
  );
  for (const { lease_id, payload, signature } of rows) {
    signed.set(lease_id, { payload, signature });
  }
  return signed;
}

/** A session's grant never changes; those of the sessions heard last. */
const known = new Map<string, SignedGrant>();
const knownMax = 4_096;

async function findGrants(transaction: Transaction, sessions: readonly string[]) {
  const wanted = [...new Set(sessions)];
  const missing = wanted.filter((id) => !known.has(id));
  const grants = new Map(wanted.flatMap((id) => (known.has(id) ? [[id, known.get(id)!]] : [])));
  if (missing.length === 0) return grants;
  const rows = await transaction.query<{
    id: string;
    wallet_grant: Uint8Array;
    wallet_signature: Uint8Array;
  }>('select id, wallet_grant, wallet_signature from sessions where id = any($1::text[])', [
    missing,
  ]);
  for (const { id, wallet_grant, wallet_signature } of rows) {
    const grant = { grant: decodeCbor(wallet_grant) as Grant, wallet_signature };
    grants.set(id, grant);
    known.set(id, grant);
    if (known.size > knownMax) known.delete(known.keys().next().value as string);
  }
  return grants;
}
