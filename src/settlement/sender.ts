// Who sends: one account on one chain, with its journal, and the few things that both halves of
// sending do. submit-call.ts writes a call down and sends it; advance-transactions.ts sees it through.
import { keccak256 } from 'viem';
import type { LocalAccount } from 'viem/accounts';
import type { Chain } from './chain.ts';
import { toChainError } from './chain-errors.ts';
import type { Hex } from './epoch-books.ts';
import { capFees, type Fees, suggestFees } from './transaction-fees.ts';
import type { JournalEntry, SignedAttempt, TransactionJournal } from './transaction-journal.ts';

export interface Sender {
  chain: Chain;
  account: LocalAccount;
  journal: TransactionJournal;
  /** Wei for a unit of gas, above which nothing is sent. */
  maxFeePerGas: bigint;
  /** Without a block that takes it, after which its fees are raised. */
  stuckAfterMs: number;
  /** Of the coordinator's clock. */
  now(): number;
}

export interface Unsigned {
  nonce: number;
  to: Hex;
  data: Hex;
  gas: bigint;
}

export async function signAttempt(
  { chain, account, now }: Sender,
  { nonce, to, data, gas }: Unsigned,
  fees: Fees,
): Promise<SignedAttempt> {
  const { chainId } = chain;
  const unsigned = { type: 'eip1559', chainId, nonce, to, data, gas, value: 0n, ...fees } as const;
  const raw = await account.signTransaction(unsigned);
  return { raw, hash: keccak256(raw), ...fees, signedAt: now() };
}

/** Signs, writes down, then sends. */
export async function sendNew(
  sender: Sender,
  purpose: string,
  unsigned: Unsigned,
): Promise<JournalEntry> {
  const fees = capFees(await suggestFees(sender.chain), sender.maxFeePerGas);
  const attempt = await signAttempt(sender, unsigned, fees);
  const entry = { purpose, ...unsigned };
  await sender.journal.add({ ...entry, attempt });
  await broadcast(sender.chain, attempt);
  return { ...entry, attempts: [attempt], state: 'open', minedHash: null };
}

/** The same bytes again, or a nonce that is taken: what became of it is found out at the next look. */
const toldLater = new Set(['chain/known', 'chain/nonce-used', 'chain/underpriced']);

export async function broadcast(chain: Chain, { raw }: SignedAttempt): Promise<void> {
  const doing = 'take a transaction';
  await chain
    .ask(doing, (client) => client.sendRawTransaction({ serializedTransaction: raw }))
    .catch((thrown) => {
      if (!toldLater.has(toChainError(thrown, doing).code)) throw thrown;
    });
}

/** Up to a block, or the newest. */
export async function countMined(
  { chain, account: { address } }: Sender,
  blockNumber?: bigint,
): Promise<number> {
  const at = blockNumber === undefined ? {} : { blockNumber };
  return chain.ask('count transactions', (client) =>
    client.getTransactionCount({ address, ...at }),
  );
}

/** Of whichever of its attempts is in the chain. */
export async function findReceipt(chain: Chain, { attempts }: JournalEntry) {
  for (const { hash } of attempts.toReversed()) {
    const receipt = await chain.ask('show a receipt', (client) =>
      client.getTransactionReceipt({ hash }).catch((thrown) => {
        if ((thrown as Error).name === 'TransactionReceiptNotFoundError') return null;
        throw thrown;
      }),
    );
    if (receipt) return receipt;
  }
  return null;
}

export function lastAttempt({ attempts }: JournalEntry): SignedAttempt {
  return attempts[attempts.length - 1];
}
