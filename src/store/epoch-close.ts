// Freezes the books of an epoch, at a signed checkpoint: first the receipts past those of the last
// epoch are added to running sums, piece by piece, then one transaction adds what is left and copies
// the sums to the leaves. They stay so until the next epoch is closed: they are its frozen books.
import { parseCheckpoint } from '#protocol/checkpoint.ts';
import { assert, IdlewildError } from '#protocol/errors.ts';
import { parseNote } from '#protocol/signed-note.ts';
import { findLatestEpoch } from './epoch-operations.ts';
import { readCheckpoint, type SignedHead } from './log-reads.ts';
import type { Transaction } from './transaction.ts';

/** Leaves of one piece, each a transaction that others wait for: 27 µs of CPU a leaf (PGlite). */
const pieceLeavesMax = 2_048;

const backed = "'^(order:0x[0-9a-f]{64}|contributor:0x[0-9a-f]{40}):spent$'";

/** The middle of a ledger account: contributor:0x…:spent. */
const spender = "split_part(payer, ':', 2)";

/** From leaf $1 to before $2, each receipt read once. */
const addReceipts = `with moved as materialized (
    select account_id, payer, sum(credit) as credit
    from log_groups join receipts on receipts.transfer_id = log_groups.transfer_id
    where first_leaf >= $1 and first_leaf < $2 and credit > 0 group by account_id, payer
  ), backed as materialized (
    select * from moved where payer ~ ${backed}
  ), debited as (
    insert into epoch_debits (order_hash, counted)
    select ${spender}, sum(credit) from backed where payer like 'order:%' group by ${spender}
    on conflict (order_hash) do update set counted = epoch_debits.counted + excluded.counted
  )
  insert into epoch_sums (account_id, earned, spent)
  select account_id, sum(earned), sum(spent) from
    (select account_id, credit as earned, 0 as spent from backed
     union all select ${spender}, 0, credit from backed where payer like 'contributor:%') as sides
  group by account_id
  on conflict (account_id) do update set earned = epoch_sums.earned + excluded.earned,
    spent = epoch_sums.spent + excluded.spent`;

/** @returns when this ledger began to count for epochs: at the first call */
export async function beginEpochs(
  transaction: Transaction,
  { now }: { now: number },
): Promise<number> {
  const [{ since }] = await transaction.query<{ since: number }>(
    `insert into epoch_counted (since) values ($1)
     on conflict (id) do update set since = epoch_counted.since returning since`,
    [now],
  );
  return Number(since);
}

/**
 * Adds the next signed receipts to the sums.
 * @returns whether there are more
 */
export async function countEpoch(
  transaction: Transaction,
  { now, leavesMax = pieceLeavesMax }: { now: number; leavesMax?: number },
): Promise<boolean> {
  const head = await readCheckpoint(transaction);
  const size = head?.size ?? 0;
  await beginEpochs(transaction, { now });
  const [counted] = await transaction.query<{ leaf: number }>('select leaf from epoch_counted');
  const from = Number(counted.leaf);
  const [{ end }] = await transaction.query<{ end: number | null }>(
    `select max(first_leaf + leaf_count) as end from log_groups
     where first_leaf >= $1 and first_leaf < $2`,
    [from, Math.min(from + leavesMax, size)],
  );
  if (end === null) return false;
  await transaction.query(addReceipts, [from, end]);
  await transaction.query('update epoch_counted set leaf = $1', [end]);
  return Number(end) < size;
}

/**
 * Wallets that spend their own credit just now: their batch has something set aside, or a receipt that
 * they paid for is not among those counted. What they have may fall below what it is now.
 */
const spending = `select distinct coalesce(bound_to, id) as wallet from accounts join
    (select ${spender} as spender from batches
       where payer like 'contributor:%' and reserved > spent
     union all
     select ${spender} from receipts join
       (select transfer_id from log_queue
        union all select transfer_id from log_groups
          where first_leaf >= (select leaf from epoch_counted)) as uncounted using (transfer_id)
       where payer like 'contributor:%') as spenders on spender = id`;

/** The leaves as they would be now. A device's credit is its wallet's; without one, nobody's. */
const leavesNow = `select wallet as account_id, coalesce(former.credit, 0) as former,
    spending.wallet is not null as withheld,
    case when spending.wallet is null then net else coalesce(former.credit, 0) end as credit
  from
    (select coalesce(bound_to, id) as wallet, sum(earned - spent) as net
     from epoch_sums join accounts on id = account_id group by coalesce(bound_to, id)) as homes
    join accounts as home on home.id = wallet
    left join epoch_credits as former on former.account_id = wallet
    left join (${spending}) as spending using (wallet)
  where home.kind = 'wallet' or former.account_id is not null
    or exists (select from accounts as device where device.bound_to = wallet)`;

/** Whether an epoch would say other than the last one that was closed. */
export async function hasEpochNews(transaction: Transaction, _input: null): Promise<boolean> {
  const news = await transaction.query(
    `select 1 from (${leavesNow}) as leaves where credit <> former
     union all select 1 from epoch_debits where debit <> counted limit 1`,
  );
  return news.length > 0;
}

export interface EpochToClose {
  number: number;
  /** The latest before it, null for none. */
  after: number | null;
  chainId: number;
  contract: string;
  creditsPerTokenUnit: bigint;
  now: number;
}

/** @throws settlement/epoch-moved (retryable) unless the latest is `after`; settlement/other-terms */
export async function closeEpoch(
  transaction: Transaction,
  { number, after, now, ...terms }: EpochToClose,
): Promise<void> {
  const latest = await findLatestEpoch(transaction, { final: false });
  if ((latest?.number ?? null) !== after) {
    const message = `Epoch ${number} was moved by another.`;
    throw new IdlewildError('settlement/epoch-moved', message, { retryable: true });
  }
  if (latest) checkTerms(latest, terms);
  while (await countEpoch(transaction, { now }));
  const head = await readCheckpoint(transaction);
  assert(head, 'a log is signed before its epochs are closed');
  await transaction.query(
    `insert into epoch_credits (account_id, credit, withheld, epoch)
     select account_id, credit, withheld, $1 from (${leavesNow}) as leaves
     on conflict (account_id) do update
       set credit = excluded.credit, withheld = excluded.withheld, epoch = excluded.epoch`,
    [number],
  );
  await transaction.query('update epoch_debits set debit = counted where debit <> counted');
  await transaction.query(
    `insert into epochs (number, chain_id, contract, credits_per_token_unit, log_size, log_root,
       closed_at) values ($1, $2, $3, $4::text::bigint, $5, $6, $7)`,
    [
      number,
      terms.chainId,
      terms.contract,
      String(terms.creditsPerTokenUnit),
      head.size,
      rootOf(head),
      now,
    ],
  );
}

function rootOf({ checkpoint }: SignedHead): Uint8Array {
  return parseCheckpoint(parseNote(checkpoint).text).root;
}

type Terms = Pick<EpochToClose, 'chainId' | 'contract' | 'creditsPerTokenUnit'>;

/** Sums are since the beginning, and so are what they are paid by and in. @throws settlement/other-terms */
export function checkTerms(were: Terms, terms: Terms): void {
  const names: (keyof Terms)[] = ['chainId', 'contract', 'creditsPerTokenUnit'];
  if (names.every((name) => were[name] === terms[name])) return;
  const { chainId, contract, creditsPerTokenUnit } = were;
  const was = `${contract} of chain ${chainId}, ${creditsPerTokenUnit} credits a token unit`;
  throw new IdlewildError('settlement/other-terms', `Epochs were settled by ${was}.`, {
    metaMessages: [
      'A ledger is settled by one contract, at one rate, for ever: its sums are cumulative.',
      'Name them again by --settlement, --chain-id and --credits-per-token-unit.',
    ],
  });
}
