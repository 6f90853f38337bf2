// What a receipt shows of its result: the contributor's own words, and the grant under which its
// session signed them.
import { decodeCbor } from '#protocol/cbor.ts';
import { assert } from '#protocol/errors.ts';
import type { WalletCheck } from '#protocol/receipt.ts';
import type { Grant } from '#protocol/wire.ts';
import type { ReceiptDraft } from './outcome.ts';
import { evidenceColumns, type KeptEvidence, type SignedGrant } from './settlement.ts';
import type { Transaction } from './transaction.ts';
import type { ReceiptEntry } from './write-receipts.ts';

/** Looked up here where the draft has them not, since few verdicts need them. */
export async function completeDrafts(
  transaction: Transaction,
  drafts: readonly ReceiptDraft[],
): Promise<ReceiptEntry[]> {
  if (drafts.length === 0) return [];
  const evidence = await findEvidence(transaction, drafts);
  const grants = await findGrants(
    transaction,
    drafts.map(({ result }) => result.session_id),
  );
  return drafts.map((draft) => {
    const grant = grants.get(draft.result.session_id);
    assert(grant, 'a result has a session');
    const shown = evidence.get(draft.result.lease_id);
    assert(shown, 'a result has what shows that it was signed');
    return { ...draft, result: { ...draft.result, ...grant, evidence: shown } };
  });
}

async function findEvidence(transaction: Transaction, drafts: readonly ReceiptDraft[]) {
  const found = new Map<string, KeptEvidence>();
  const missing: string[] = [];
  for (const { result } of drafts) {
    if (result.evidence) found.set(result.lease_id, result.evidence);
    else missing.push(result.lease_id);
  }
  if (missing.length === 0) return found;
  const rows = await transaction.query<KeptEvidence & { lease_id: string }>(
    `select lease_id, ${evidenceColumns} from results where lease_id = any($1::text[])`,
    [missing],
  );
  for (const { lease_id, ...evidence } of rows) found.set(lease_id, evidence);
  return found;
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
    wallet_kind: WalletCheck['kind'] | null;
    wallet_block: number | null;
  }>(
    `select id, wallet_grant, wallet_signature, wallet_kind, wallet_block from sessions
     where id = any($1::text[])`,
    [missing],
  );
  for (const { id, wallet_grant, wallet_signature, wallet_kind: kind, wallet_block } of rows) {
    const wallet_check = kind && { kind, block: Number(wallet_block) };
    const grant = { grant: decodeCbor(wallet_grant) as Grant, wallet_signature, wallet_check };
    grants.set(id, grant);
    known.set(id, grant);
    if (known.size > knownMax) known.delete(known.keys().next().value as string);
  }
  return grants;
}
