// Spending orders and escrows as the chain's desk writes them: what batch-side code registers, it
// brings to the contract, and what the contract says comes back here.
import { toHex } from '#protocol/bytes.ts';
import type { Transaction } from './transaction.ts';

type Hex = `0x${string}`;

/** An order whose deposit is in the contract. */
export interface EscrowOrder {
  hash: Hex;
  projectId: string;
  requester: Hex;
  cap: bigint;
  /** Seconds since 1970. */
  expiresAt: bigint;
  nonce: Hex;
  signature: Hex;
  state: 'signed' | 'registered' | 'refused' | 'cancelled';
  /** Token units that the chain has taken under it, as it was read last. */
  collected: bigint;
  /** What the last closed epoch debits it, in the ledger's credit. */
  debit: bigint;
}

interface OrderRow {
  hash: Hex;
  project_id: string;
  requester: Hex;
  cap: string;
  expires_at: number;
  nonce: Hex;
  signature: Uint8Array;
  state: EscrowOrder['state'];
  collected: string;
  debit: number | null;
}

export type OrderQuestion =
  /** That the chain has not heard of. */
  | { which: 'signed' }
  /** That an epoch debits. */
  | { which: 'debited' };

/** A page, in order of hash. */
export async function listEscrowOrders(
  transaction: Transaction,
  { which, after, limit }: OrderQuestion & { after: string; limit: number },
): Promise<EscrowOrder[]> {
  const condition = which === 'signed' ? "state = 'signed'" : 'debit > 0';
  const rows = await transaction.query<OrderRow>(
    `select hash, project_id, requester, cap::text as cap, expires_at, nonce, signature, state,
       collected::text as collected, debit
     from orders left join epoch_debits on order_hash = hash
     where source = 'escrow' and ${condition} and hash > $1 order by hash limit $2`,
    [after, limit],
  );
  return rows.map((row) => ({
    hash: row.hash,
    projectId: row.project_id,
    requester: row.requester,
    cap: BigInt(row.cap),
    expiresAt: BigInt(row.expires_at),
    nonce: row.nonce,
    signature: `0x${toHex(row.signature)}`,
    state: row.state,
    collected: BigInt(row.collected),
    debit: BigInt(row.debit ?? 0),
  }));
}

/** What became of an order that was signed; one that was cancelled meanwhile stays so. */
export async function ruleOnOrder(
  transaction: Transaction,
  { hash, state, reason }: { hash: string; state: 'registered' | 'refused'; reason: string | null },
): Promise<void> {
  await transaction.query(
    `update orders set state = $2, reason = $3 where hash = $1
       and (state = 'signed' or state = 'registered' and $2 = 'refused')`,
    [hash, state, reason],
  );
}

/** Requesters whose escrow is spent, or soon will be. */
export async function listRequesters(
  transaction: Transaction,
  { after, limit }: { after: string; limit: number },
): Promise<Hex[]> {
  const rows = await transaction.query<{ requester: Hex }>(
    `select distinct requester from orders
     where source = 'escrow' and state in ('signed', 'registered') and requester > $1
     order by requester limit $2`,
    [after, limit],
  );
  return rows.map(({ requester }) => requester);
}

export interface SeenEscrow {
  requester: string;
  available: bigint;
  block: bigint;
  now: number;
  /** By order, what the contract has taken at that block. */
  taken: readonly { hash: string; taken: bigint }[];
}

/** Both at once: what was taken is no longer available. */
export async function writeEscrow(
  transaction: Transaction,
  { requester, available, block, now, taken }: SeenEscrow,
): Promise<void> {
  await transaction.query(
    `insert into escrows (requester, available, block, read_at)
     values ($1, $2::text::numeric, $3::text::bigint, $4)
     on conflict (requester) do update set available = excluded.available,
       block = excluded.block, read_at = excluded.read_at where escrows.block <= excluded.block`,
    [requester, String(available), String(block), now],
  );
  for (const one of taken) {
    await transaction.query('update orders set collected = $2::text::numeric where hash = $1', [
      one.hash,
      String(one.taken),
    ]);
  }
}

/** Orders of a requester whose `collected` may still change. */
export async function listOrdersOf(
  transaction: Transaction,
  { requester }: { requester: string },
): Promise<Hex[]> {
  const rows = await transaction.query<{ hash: Hex }>(
    `select hash from orders join epoch_debits on order_hash = hash
     where requester = $1 and source = 'escrow' and debit > 0`,
    [requester],
  );
  return rows.map(({ hash }) => hash);
}
