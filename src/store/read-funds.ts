// What is left for a batch to set aside: under its order's cap, and of what pays for it, the requester's
// deposit on the chain or the credit that it earned. What batches have set aside counts as spent until
// they are over.
import { creditAccount } from '#ledger/payers.ts';
import { loadFamilies } from './families.ts';
import type { OrderRow } from './order-operations.ts';
import type { Transaction } from './transaction.ts';

/** In credits; never below zero. */
export interface Funds {
  underCap: bigint;
  /** Of the deposit, or of the earned credit. */
  held: bigint;
}

export async function readFunds(
  transaction: Transaction,
  order: Pick<OrderRow, 'hash' | 'requester' | 'source' | 'cap' | 'reserved'>,
  creditsPerTokenUnit: bigint,
): Promise<Funds> {
  const underCap = BigInt(order.cap) * creditsPerTokenUnit - BigInt(order.reserved);
  const held =
    order.source === 'escrow'
      ? await readEscrow(transaction, order, creditsPerTokenUnit)
      : await readCredit(transaction, order.requester);
  return { underCap: atLeastNone(underCap), held: atLeastNone(held) };
}

const atLeastNone = (credits: bigint) => (credits < 0n ? 0n : credits);

interface Commitment {
  hash: string;
  reserved: string;
  collected: string;
}

/**
 * An order's debit is rounded up to a token unit, each by itself (settlement/epoch-books.ts); what the
 * chain has collected of it is in the deposit no more.
 */
async function readEscrow(
  transaction: Transaction,
  { hash, requester }: Pick<OrderRow, 'hash' | 'requester'>,
  creditsPerTokenUnit: bigint,
): Promise<bigint> {
  const [escrow] = await transaction.query<{ available: string }>(
    'select available::text as available from escrows where requester = $1',
    [requester],
  );
  const orders = await transaction.query<Commitment>(
    `select hash, collected::text as collected,
       (select coalesce(sum(reserved), 0)::text from batches where order_hash = hash) as reserved
     from orders where requester = $1 and source = 'escrow'`,
    [requester],
  );
  let units = BigInt(escrow?.available ?? 0);
  let own = 0n;
  for (const { hash: other, reserved, collected } of orders) {
    const credits = BigInt(reserved);
    units += BigInt(collected);
    if (other === hash) own = credits;
    else units -= (credits + creditsPerTokenUnit - 1n) / creditsPerTokenUnit;
  }
  return units * creditsPerTokenUnit - own;
}

/** Earned and backed, of a wallet with its devices, and in no epoch's leaf: that is on the chain. */
async function readCredit(transaction: Transaction, requester: string): Promise<bigint> {
  const family = await loadFamilies(transaction, [requester]);
  const [{ earned, reserved, settled }] = await transaction.query<{
    earned: string;
    reserved: string;
    settled: string;
  }>(
    `select
       (select coalesce(sum(credit), 0)::text from receipts
        where account_id = any($1::text[]) and credit > 0
          and (payer like 'order:%' or payer like 'contributor:%')) as earned,
       (select coalesce(sum(reserved), 0)::text from batches where payer = any($2::text[]))
         as reserved,
       (select coalesce(sum(credit), 0)::text from epoch_credits
        where account_id = any($1::text[])) as settled`,
    [family, family.map(creditAccount)],
  );
  return BigInt(earned) - BigInt(reserved) - BigInt(settled);
}
