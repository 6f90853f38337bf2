// Sends a call to the contract once: the journal has it, signed, before the node does. Asked again
// for the same purpose, after a crash or by mistake, it gives what there is.
import { IdlewildError } from '#protocol/errors.ts';
import { countMined, findReceipt, type Sender, sendNew } from './sender.ts';
import type { Call } from './settlement-calls.ts';
import type { JournalEntry } from './transaction-journal.ts';

/** Unfinished transactions of one sender. */
const openTransactionsMax = 64;

/**
 * One that came to nothing, reverted or replaced, is sent anew under another nonce.
 * @throws settlement/... as the contract refuses it, before anything is signed;
 * settlement/too-many-open (retryable), settlement/journal-taken (retryable), chain/...
 */
export async function submitCall(sender: Sender, { purpose, data }: Call): Promise<JournalEntry> {
  const { chain, account, journal } = sender;
  const known = await journal.findPurpose(purpose);
  if (known?.state === 'open') return known;
  if (known?.state === 'confirmed') return keepOrReopen(sender, known);
  const open = await journal.listOpen();
  if (open.length >= openTransactionsMax) throw tooManyOpen();
  const to = chain.settlement;
  const estimated = await chain.ask(purpose, (client) =>
    client.estimateGas({ account: account.address, to, data }),
  );
  const nonce = Math.max(await countMined(sender), ...open.map((one) => one.nonce + 1));
  return sendNew(sender, purpose, { nonce, to, data, gas: (estimated * 5n) / 4n });
}

/** The chain may have turned back further than what was believed. */
async function keepOrReopen(sender: Sender, entry: JournalEntry): Promise<JournalEntry> {
  if (await findReceipt(sender.chain, entry)) return entry;
  await sender.journal.setState(entry.nonce, { state: 'open', minedHash: null });
  return { ...entry, state: 'open', minedHash: null };
}

function tooManyOpen(): IdlewildError {
  const message = `${openTransactionsMax} transactions are unfinished (openTransactionsMax).`;
  return new IdlewildError('settlement/too-many-open', message, {
    retryable: true,
    metaMessages: ['Wait for them. If they stay, the fee limit may be too low.'],
  });
}
