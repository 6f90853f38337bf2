// The journal of transactions that go to a chain (settlement/transaction-journal.ts says its rules), as
// operations: each is durable before what it allows is done.
import { fromHex, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { Transaction } from './transaction.ts';

type Hex = `0x${string}`;

export interface JournalOwner {
  chainId: number;
  /** Address in lower case. */
  sender: string;
}

interface Attempt {
  hash: Hex;
  raw: Hex;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  signedAt: number;
}

interface Entry {
  purpose: string;
  nonce: number;
  to: Hex;
  data: Hex;
  gas: bigint;
  state: 'open' | 'confirmed' | 'reverted' | 'replaced';
  minedHash: Hex | null;
  attempts: Attempt[];
}

export type JournalAddition = Omit<Entry, 'state' | 'minedHash' | 'attempts'> & {
  attempt: Attempt;
};

/** @throws settlement/journal-taken (retryable) for a nonce or an unfinished purpose that it has */
export async function addToJournal(
  transaction: Transaction,
  { owner, entry }: { owner: JournalOwner; entry: JournalAddition },
): Promise<void> {
  const { purpose, nonce, to, data, gas, attempt } = entry;
  const added = await transaction.query(
    `insert into chain_transactions (chain_id, sender, nonce, purpose, destination, data, gas)
     select $1::bigint, $2::text, $3::bigint, $4::text, $5::text, $6::bytea, $7::text::numeric
     where not exists (select from chain_transactions where chain_id = $1::bigint
       and sender = $2::text and purpose = $4::text and state in ('open', 'confirmed'))
     on conflict do nothing returning nonce`,
    [owner.chainId, owner.sender, nonce, purpose, to, toBytes(data), String(gas)],
  );
  if (added.length === 0) {
    const message = `The journal has ${purpose}, or the nonce ${nonce}, already.`;
    throw new IdlewildError('settlement/journal-taken', message, {
      retryable: true,
      metaMessages: ['Another process sends from the same account: let one of them do it.'],
    });
  }
  await addAttempt(transaction, { owner, nonce, attempt });
}

export async function addAttempt(
  transaction: Transaction,
  { owner, nonce, attempt }: { owner: JournalOwner; nonce: number; attempt: Attempt },
): Promise<void> {
  const { hash, raw, maxFeePerGas, maxPriorityFeePerGas, signedAt } = attempt;
  await transaction.query(
    `insert into chain_attempts (chain_id, sender, nonce, ordinal, hash, raw, max_fee_per_gas,
       max_priority_fee_per_gas, signed_at)
     select $1::bigint, $2::text, $3::bigint, count(*), $4::bytea, $5::bytea, $6::text::numeric,
       $7::text::numeric, $8::bigint
     from chain_attempts where chain_id = $1::bigint and sender = $2::text and nonce = $3::bigint`,
    [
      owner.chainId,
      owner.sender,
      nonce,
      toBytes(hash),
      toBytes(raw),
      String(maxFeePerGas),
      String(maxPriorityFeePerGas),
      signedAt,
    ],
  );
}

export async function setJournalState(
  transaction: Transaction,
  input: { owner: JournalOwner; nonce: number } & Pick<Entry, 'state' | 'minedHash'>,
): Promise<void> {
  const { owner, nonce, state, minedHash } = input;
  await transaction.query(
    `update chain_transactions set state = $4, mined_hash = $5
     where chain_id = $1 and sender = $2 and nonce = $3`,
    [owner.chainId, owner.sender, nonce, state, minedHash === null ? null : toBytes(minedHash)],
  );
}

export type JournalQuestion = { open: true } | { purpose: string } | { nonce: number };

/** In order of nonce. */
export async function readJournal(
  transaction: Transaction,
  { owner, which }: { owner: JournalOwner; which: JournalQuestion },
): Promise<Entry[]> {
  const [condition, value] = toCondition(which);
  const rows = await transaction.query<JournalRow>(
    `select purpose, sent.nonce, destination, data, gas::text, state, mined_hash, hash, raw,
       max_fee_per_gas::text, max_priority_fee_per_gas::text, signed_at
     from chain_transactions as sent join chain_attempts using (chain_id, sender, nonce)
     where chain_id = $1 and sender = $2 and ${condition} order by nonce, ordinal`,
    [owner.chainId, owner.sender, value],
  );
  const entries = new Map<number, Entry>();
  for (const row of rows) {
    const nonce = Number(row.nonce);
    const entry = entries.get(nonce) ?? toEntry(row);
    entry.attempts.push(toAttempt(row));
    entries.set(nonce, entry);
  }
  return [...entries.values()];
}

interface JournalRow {
  purpose: string;
  nonce: number;
  destination: Hex;
  data: Uint8Array;
  gas: string;
  state: Entry['state'];
  mined_hash: Uint8Array | null;
  hash: Uint8Array;
  raw: Uint8Array;
  max_fee_per_gas: string;
  max_priority_fee_per_gas: string;
  signed_at: number;
}

function toCondition(which: JournalQuestion): [condition: string, value: string | number] {
  if ('purpose' in which) return ['purpose = $3', which.purpose];
  if ('nonce' in which) return ['nonce = $3', which.nonce];
  return ['state = $3', 'open'];
}

function toEntry(row: JournalRow): Entry {
  return {
    purpose: row.purpose,
    nonce: Number(row.nonce),
    to: row.destination,
    data: toText(row.data),
    gas: BigInt(row.gas),
    state: row.state,
    minedHash: row.mined_hash && toText(row.mined_hash),
    attempts: [],
  };
}

function toAttempt(row: JournalRow): Attempt {
  return {
    hash: toText(row.hash),
    raw: toText(row.raw),
    maxFeePerGas: BigInt(row.max_fee_per_gas),
    maxPriorityFeePerGas: BigInt(row.max_priority_fee_per_gas),
    signedAt: Number(row.signed_at),
  };
}

function toBytes(text: Hex): Uint8Array {
  return fromHex(text.slice(2));
}

function toText(bytes: Uint8Array): Hex {
  return `0x${toHex(bytes)}`;
}
