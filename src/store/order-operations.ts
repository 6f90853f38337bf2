// Spending orders: what a requester signed so that a project's batches may spend of its deposit, or of
// what it earned as a contributor. The chain's desk registers those of a deposit (epoch-orders.ts).
import type { OwnedId } from './file-operations.ts';
import type { Transaction } from './transaction.ts';

type OrderState = 'signed' | 'registered' | 'refused' | 'cancelled';

export interface OrderRow {
  hash: string;
  project_id: string;
  requester: string;
  /** Token units, as decimal digits. */
  cap: string;
  /** Seconds since 1970. */
  expires_at: number;
  nonce: string;
  source: 'escrow' | 'credit';
  state: OrderState;
  /** Token units that the chain has taken, as decimal digits. */
  collected: string;
  reason: string | null;
  created_at: number;
  /** Credits that its batches have set aside or spent, as decimal digits. */
  reserved: string;
}

const columns = `hash, project_id, requester, cap::text as cap, expires_at, nonce, source, state,
  collected::text as collected, reason, created_at,
  (select coalesce(sum(reserved), 0)::text from batches where order_hash = hash) as reserved`;

export interface NewOrder {
  hash: string;
  project: string;
  requester: string;
  cap: bigint;
  expiresAt: number;
  nonce: string;
  signature: Uint8Array;
  source: OrderRow['source'];
  now: number;
  /** Orders of a project that the chain has not heard of. */
  signedMax: number;
}

export type AddedOrder = { kind: 'added' | 'repeated'; order: OrderRow } | { kind: 'too-many' };

/**
 * Nothing is spent of a deposit before the chain knows the order; earned credit is in our own books. Its
 * words name the project, so that no other can bring it.
 */
export async function addOrder(transaction: Transaction, fresh: NewOrder): Promise<AddedOrder> {
  const { hash, project, source } = fresh;
  const known = await findOrder(transaction, { project, id: hash });
  if (known) return { kind: 'repeated', order: known };
  const [{ signed }] = await transaction.query<{ signed: number }>(
    `select count(*)::int as signed from orders where project_id = $1 and state = 'signed'`,
    [project],
  );
  if (signed >= fresh.signedMax && source === 'escrow') return { kind: 'too-many' };
  await transaction.query(
    `insert into orders (hash, project_id, requester, cap, expires_at, nonce, signature, source, state,
       created_at)
     values ($1, $2, $3, $4::text::numeric, $5, $6, $7, $8, $9, $10)`,
    [
      hash,
      project,
      fresh.requester,
      String(fresh.cap),
      fresh.expiresAt,
      fresh.nonce,
      fresh.signature,
      source,
      source === 'escrow' ? 'signed' : 'registered',
      fresh.now,
    ],
  );
  return { kind: 'added', order: (await findOrder(transaction, { project, id: hash }))! };
}

export async function findOrder(
  transaction: Transaction,
  { project, id }: OwnedId,
): Promise<OrderRow | null> {
  const [order] = await transaction.query<OrderRow>(
    `select ${columns} from orders where hash = $1 and project_id = $2`,
    [id, project],
  );
  return order ?? null;
}

/** Newest first. @returns one row more than asked where there are more */
export async function listOrders(
  transaction: Transaction,
  { project, after, limit }: { project: string; after: string | null; limit: number },
): Promise<OrderRow[]> {
  return transaction.query<OrderRow>(
    `select ${columns} from orders where project_id = $1
       and ($2::text is null or (created_at, hash) <
         (select created_at, hash from orders where hash = $2 and project_id = $1))
     order by created_at desc, hash desc limit $3`,
    [project, after, limit + 1],
  );
}

/**
 * Nothing more is set aside under it; what was, pays on.
 * @returns null for an unknown order
 */
export async function cancelOrder(
  transaction: Transaction,
  owned: OwnedId,
): Promise<OrderRow | null> {
  await transaction.query(
    `update orders set state = 'cancelled'
     where hash = $1 and project_id = $2 and state in ('signed', 'registered')`,
    [owned.id, owned.project],
  );
  return findOrder(transaction, owned);
}
