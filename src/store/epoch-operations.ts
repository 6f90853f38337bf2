// Epochs as the database has them: read, moved from state to state, and their frozen books by pages.
import { fromHex, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { Transaction } from './transaction.ts';

type Hex = `0x${string}`;

type EpochRowState = 'closing' | 'built' | 'posting' | 'posted' | 'disputed' | 'final' | 'struck';

/** As PostgreSQL gives it. */
interface EpochRow {
  number: number;
  state: EpochRowState;
  chain_id: number;
  contract: string;
  credits_per_token_unit: number;
  log_size: number;
  log_root: Uint8Array;
  credits_root: Uint8Array | null;
  credits_total: string | null;
  debits_root: Uint8Array | null;
  debits_total: string | null;
  digest: string | null;
  closed_at: number;
  final_at: number | null;
  settled_at: number | null;
}

interface WrittenFields {
  epoch: {
    creditsRoot: Hex;
    creditsTotal: bigint;
    debitsRoot: Hex;
    debitsTotal: bigint;
    logRoot: Hex;
    logSize: bigint;
  };
  digest: string;
}

/** The fields of settlement's EpochRecord, and when what happened. */
export interface StoredEpoch {
  number: number;
  state: EpochRowState;
  checkpoint: { size: number; root: Hex };
  written: WrittenFields | null;
  chainId: number;
  contract: string;
  creditsPerTokenUnit: bigint;
  closedAt: number;
  finalAt: number | null;
  settledAt: number | null;
}

const columns = `number, state, chain_id, contract, credits_per_token_unit, log_size, log_root,
  credits_root, credits_total::text as credits_total, debits_root,
  debits_total::text as debits_total, digest, closed_at, final_at, settled_at`;

export async function findLatestEpoch(
  transaction: Transaction,
  { final }: { final: boolean },
): Promise<StoredEpoch | null> {
  const [row] = await transaction.query<EpochRow>(
    `select ${columns} from epochs ${final ? "where state = 'final'" : ''}
     order by number desc limit 1`,
  );
  return row ? toEpoch(row) : null;
}

export interface ShownEpoch extends StoredEpoch {
  /** Of its post, as it was mined or sent last; null before. */
  transaction: Hex | null;
}

/** Newest first. @param sender who posts them */
export async function showEpochs(
  transaction: Transaction,
  { sender, limit }: { sender: string; limit: number },
): Promise<ShownEpoch[]> {
  const rows = await transaction.query<EpochRow & { hash: Uint8Array | null }>(
    `select ${columns},
       (select coalesce(mined_hash, (select hash from chain_attempts as attempt
            where attempt.chain_id = sent.chain_id and attempt.sender = sent.sender
              and attempt.nonce = sent.nonce order by ordinal desc limit 1))
        from chain_transactions as sent where sent.chain_id = epochs.chain_id
          and sent.sender = $1 and purpose = 'post/' || number order by nonce desc limit 1) as hash
     from epochs order by number desc limit $2`,
    [sender, limit],
  );
  return rows.map((row) => ({
    ...toEpoch(row),
    transaction: row.hash && (`0x${toHex(row.hash)}` as const),
  }));
}

function toEpoch(row: EpochRow): StoredEpoch {
  const root = (bytes: Uint8Array): Hex => `0x${toHex(bytes)}`;
  const { credits_root, credits_total, debits_root, debits_total, digest } = row;
  const checkpoint = { size: Number(row.log_size), root: root(row.log_root) };
  const isWritten = credits_root && credits_total && debits_root && debits_total && digest;
  return {
    number: row.number,
    state: row.state,
    checkpoint,
    written: isWritten
      ? {
          digest,
          epoch: {
            creditsRoot: root(credits_root),
            creditsTotal: BigInt(credits_total),
            debitsRoot: root(debits_root),
            debitsTotal: BigInt(debits_total),
            logRoot: checkpoint.root,
            logSize: BigInt(checkpoint.size),
          },
        }
      : null,
    chainId: Number(row.chain_id),
    contract: row.contract,
    creditsPerTokenUnit: BigInt(row.credits_per_token_unit),
    closedAt: Number(row.closed_at),
    finalAt: row.final_at === null ? null : Number(row.final_at),
    settledAt: row.settled_at === null ? null : Number(row.settled_at),
  };
}

interface StoredMove {
  number: number;
  from: EpochRowState;
  to: EpochRowState;
  written?: WrittenFields;
  now: number;
}

/** @throws settlement/epoch-moved (retryable) unless it is in the state `from` */
export async function moveEpoch(
  transaction: Transaction,
  { number, from, to, written, now }: StoredMove,
): Promise<void> {
  const moved = await transaction.query(
    `update epochs set state = $3::text,
       final_at = case when $3::text = 'final' then $4::bigint else final_at end
     where number = $1 and state = $2 returning number`,
    [number, from, to, now],
  );
  if (moved.length === 0) {
    const message = `Epoch ${number} was moved by another.`;
    throw new IdlewildError('settlement/epoch-moved', message, { retryable: true });
  }
  if (written) await keepWritten(transaction, number, written);
  if (to === 'final') {
    await transaction.query(
      'update epoch_credits set final_credit = credit where final_credit <> credit',
    );
  }
}

async function keepWritten(
  transaction: Transaction,
  number: number,
  { epoch, digest }: WrittenFields,
): Promise<void> {
  await transaction.query(
    `update epochs set credits_root = $2, credits_total = $3::text::numeric, debits_root = $4,
       debits_total = $5::text::numeric, digest = $6 where number = $1`,
    [
      number,
      fromHex(epoch.creditsRoot.slice(2)),
      String(epoch.creditsTotal),
      fromHex(epoch.debitsRoot.slice(2)),
      String(epoch.debitsTotal),
      digest,
    ],
  );
}

/** All that it allows was paid, or tried. */
export async function settleEpoch(
  transaction: Transaction,
  { number, now }: { number: number; now: number },
): Promise<void> {
  await transaction.query('update epochs set settled_at = $2 where number = $1', [number, now]);
}

interface PageQuestion {
  /** Of the latest epoch alone: its books are frozen until the next is closed. */
  number: number;
  /** The account, or order, that the page begins after. */
  after: string;
  limit: number;
}

async function checkFrozen({ query }: Transaction, number: number): Promise<void> {
  const [latest] = await query<{ number: number }>('select max(number) as number from epochs');
  if (latest?.number === number) return;
  throw new IdlewildError('settlement/epoch-moved', `Epoch ${number} is not the latest.`);
}

/** In order of account; those of no credit are left out. */
export async function readEpochCredits(
  transaction: Transaction,
  { number, after, limit }: PageQuestion,
): Promise<{ account: Hex; cumulative: bigint }[]> {
  await checkFrozen(transaction, number);
  const rows = await transaction.query<{ account_id: Hex; credit: number }>(
    `select account_id, credit from epoch_credits where account_id > $1 and credit > 0
     order by account_id limit $2`,
    [after, limit],
  );
  return rows.map(({ account_id, credit }) => ({
    account: account_id,
    cumulative: BigInt(credit),
  }));
}

export async function readWithheld(
  transaction: Transaction,
  { number }: { number: number },
): Promise<Hex[]> {
  await checkFrozen(transaction, number);
  const rows = await transaction.query<{ account_id: Hex }>(
    'select account_id from epoch_credits where withheld order by account_id',
  );
  return rows.map(({ account_id }) => account_id);
}

/** In order of order. */
export async function readEpochDebits(
  transaction: Transaction,
  { number, after, limit }: PageQuestion,
): Promise<{ requester: Hex; order: Hex; cumulative: bigint }[]> {
  await checkFrozen(transaction, number);
  const rows = await transaction.query<{ order_hash: Hex; requester: Hex; debit: number }>(
    `select order_hash, requester, debit from epoch_debits join orders on hash = order_hash
     where order_hash > $1 and debit > 0 order by order_hash limit $2`,
    [after, limit],
  );
  return rows.map(({ order_hash, requester, debit }) => ({
    requester,
    order: order_hash,
    cumulative: BigInt(debit),
  }));
}
