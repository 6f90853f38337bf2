// One look at everything that a sender has under way: what the node lost is sent again, what is stuck
// pays more, a gap below is filled, and what lies deep enough is closed. Called again and again; any
// look may be the last before a crash.
import {
  broadcast,
  countMined,
  findReceipt,
  lastAttempt,
  type Sender,
  sendNew,
  signAttempt,
} from './sender.ts';
import { raiseFees, suggestFees } from './transaction-fees.ts';
import type { Closing, JournalEntry } from './transaction-journal.ts';

export interface Advance {
  /** How many still wait. */
  open: number;
  closed: JournalEntry[];
  /** Those that an eighth more would lift above maxFeePerGas. */
  atFeeLimit: JournalEntry[];
}

/** Nonces that are looked at for a gap in one step. */
const gapFillsMax = 64;
/** A payment of nothing to oneself. */
const fillGas = 21_000n;

/** @throws chain/... */
export async function advanceTransactions(sender: Sender): Promise<Advance> {
  const result: Advance = { open: 0, closed: [], atFeeLimit: [] };
  const open = await sender.journal.listOpen();
  if (open.length === 0) return result;
  const { believed } = await sender.chain.readHead();
  await fillGap(sender, open);
  for (const entry of open) {
    const closing = await findEnd(sender, entry, believed);
    if (closing) {
      await sender.journal.setState(entry.nonce, closing);
      result.closed.push({ ...entry, ...closing });
      continue;
    }
    result.open++;
    if (!(await pushOn(sender, entry))) result.atFeeLimit.push(entry);
  }
  return result;
}

/** How it ended, once that is believed. */
async function findEnd(
  sender: Sender,
  entry: JournalEntry,
  believed: bigint,
): Promise<Closing | null> {
  const receipt = await findReceipt(sender.chain, entry);
  if (receipt) {
    if (receipt.blockNumber > believed) return null;
    const state = receipt.status === 'success' ? 'confirmed' : 'reverted';
    return { state, minedHash: receipt.transactionHash };
  }
  if ((await countMined(sender, believed)) <= entry.nonce) return null;
  // Its block may have come between the two questions.
  if (await findReceipt(sender.chain, entry)) return null;
  return { state: 'replaced', minedHash: null };
}

/** @returns false where it is stuck below what may be paid */
async function pushOn(sender: Sender, entry: JournalEntry): Promise<boolean> {
  if ((await countMined(sender)) > entry.nonce) return true;
  const last = lastAttempt(entry);
  if (sender.now() - last.signedAt >= sender.stuckAfterMs) {
    const fees = raiseFees(last, await suggestFees(sender.chain), sender.maxFeePerGas);
    if (fees) {
      const attempt = await signAttempt(sender, entry, fees);
      await sender.journal.addAttempt(entry.nonce, attempt);
      await broadcast(sender.chain, attempt);
      return true;
    }
    await broadcast(sender.chain, last);
    return false;
  }
  await broadcast(sender.chain, last);
  return true;
}

/**
 * Nonces up to ours that no block has and that nothing open will give one. What was sent there is sent
 * again: a call that came twice is refused by the contract, since its numbers and sums only grow.
 */
async function fillGap(sender: Sender, open: readonly JournalEntry[]): Promise<void> {
  const mined = await countMined(sender);
  const taken = new Set(open.map(({ nonce }) => nonce));
  const end = Math.min(open[open.length - 1].nonce, mined + gapFillsMax);
  for (let nonce = mined; nonce < end; nonce++) {
    if (taken.has(nonce)) continue;
    const lost = await sender.journal.findNonce(nonce);
    if (lost) {
      await sender.journal.setState(nonce, { state: 'open', minedHash: null });
      await broadcast(sender.chain, lastAttempt(lost));
    } else {
      const unsigned = { nonce, to: sender.account.address, data: '0x', gas: fillGas } as const;
      await sendNew(sender, `fill/${nonce}`, unsigned);
    }
  }
}
