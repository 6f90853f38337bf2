// What the contract paid, as its events say: read once each, kept, and shown to whoever was paid.
import { fromHex, toHex } from '#protocol/bytes.ts';
import type { Transaction } from './transaction.ts';

type Hex = `0x${string}`;

interface TokenFacts {
  address: Hex;
  symbol: string;
  decimals: number;
}

export interface ChainSeen {
  /** Payments up to this block are known. */
  block: bigint;
  /** The block of the first look. */
  since: bigint;
  token: TokenFacts;
}

export async function readChainSeen(
  transaction: Transaction,
  _input: null,
): Promise<ChainSeen | null> {
  const [row] = await transaction.query<{
    block: number;
    since: number;
    token_address: Hex;
    token_symbol: string;
    token_decimals: number;
  }>('select * from chain_seen');
  if (!row) return null;
  const { token_address: address, token_symbol: symbol, token_decimals: decimals } = row;
  const since = BigInt(row.since);
  return { block: BigInt(row.block), since, token: { address, symbol, decimals } };
}

/** At the first look at a chain. */
export async function beginChainSeen(
  transaction: Transaction,
  { block, token }: Omit<ChainSeen, 'since'>,
): Promise<void> {
  await transaction.query(
    `insert into chain_seen (block, since, token_address, token_symbol, token_decimals)
     values ($1::text::bigint, $1::text::bigint, $2, $3, $4) on conflict do nothing`,
    [String(block), token.address, token.symbol, token.decimals],
  );
}

export interface Payment {
  account: string;
  amount: bigint;
  hash: Hex;
  block: bigint;
  logIndex: number;
}

export async function addPayments(
  transaction: Transaction,
  { payments, block }: { payments: readonly Payment[]; block: bigint },
): Promise<void> {
  for (const { account, amount, hash, block: at, logIndex } of payments) {
    await transaction.query(
      `insert into chain_payments (block, log_index, account_id, amount, hash)
       values ($1::text::bigint, $2, $3, $4::text::numeric, $5) on conflict do nothing`,
      [String(at), logIndex, account, String(amount), fromHex(hash.slice(2))],
    );
  }
  await transaction.query(
    'update chain_seen set block = $1::text::bigint where block < $1::text::bigint',
    [String(block)],
  );
}

export interface AccountPaid {
  /** In the ledger's credit, of the last final epoch; null where it is in none. */
  leaf: { epoch: number; credit: bigint } | null;
  claimed: bigint;
  /** Newest first. */
  transactions: { hash: string; amount: string; block: number }[];
}

/** @param account a wallet */
export async function readAccountPaid(
  transaction: Transaction,
  { account, limit }: { account: string; limit: number },
): Promise<AccountPaid> {
  const [leaf] = await transaction.query<{ epoch: number | null; credit: number }>(
    `select (select max(number) from epochs where state = 'final') as epoch,
       final_credit as credit from epoch_credits where account_id = $1 and final_credit > 0`,
    [account],
  );
  const [{ claimed }] = await transaction.query<{ claimed: string }>(
    `select coalesce(sum(amount), 0)::text as claimed from chain_payments where account_id = $1`,
    [account],
  );
  const rows = await transaction.query<{ hash: Uint8Array; amount: string; block: number }>(
    `select hash, amount::text as amount, block from chain_payments where account_id = $1
     order by block desc, log_index desc limit $2`,
    [account, limit],
  );
  const epoch = leaf?.epoch ?? null;
  return {
    leaf: leaf && epoch !== null ? { epoch, credit: BigInt(leaf.credit) } : null,
    claimed: BigInt(claimed),
    transactions: rows.map(({ hash, amount, block }) => ({
      hash: `0x${toHex(hash)}`,
      amount,
      block: Number(block),
    })),
  };
}

/** Leaves of the latest epoch with what was paid of them, in order of account. */
export async function readDues(
  transaction: Transaction,
  { after, limit }: { after: string; limit: number },
): Promise<{ account: Hex; credit: bigint; claimed: bigint }[]> {
  const rows = await transaction.query<{ account_id: Hex; credit: number; claimed: string }>(
    `select account_id, final_credit as credit,
       (select coalesce(sum(amount), 0)::text from chain_payments as paid
         where paid.account_id = epoch_credits.account_id) as claimed
     from epoch_credits where account_id > $1 and final_credit > 0 order by account_id limit $2`,
    [after, limit],
  );
  return rows.map(({ account_id, credit, claimed }) => ({
    account: account_id,
    credit: BigInt(credit),
    claimed: BigInt(claimed),
  }));
}
