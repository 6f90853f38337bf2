// A claim by the visitor's own wallet, which is its chain's client too: what the contract says of an
// account is read through it, and what it says counts, whatever the coordinator told.
//
//   stand: finalEpoch, the epoch's file, claimed, past payments → Standing
//   send:  the call is tried first → the person signs → in a block, or refused there
import { toIdlewildError } from '#protocol/errors.ts';
import type { Ask } from '#wallet/ask-wallet.ts';
import { claimFault } from './claim-fault.ts';
import { fetchLeaf, type Leaf } from './claim-proof.ts';
import type { Settlement } from './epochs.ts';
import { fieldsOf } from './read-fields.ts';
import {
  addressWord,
  claimData,
  claimedData,
  claimedEvent,
  claimFaults,
  finalEpochData,
  readWord,
} from './settlement-data.ts';

export interface Payment {
  hash: string;
  amount: bigint;
  block: number;
}

/** Of one account, as the contract has it. */
export interface Standing {
  account: string;
  /** In the last final epoch; null where it has nothing there. */
  leaf: Leaf | null;
  claimed: bigint;
  /** The newest first; of a node that gives no logs, none. */
  payments: Payment[];
}

export function dueOf({ leaf, claimed }: Pick<Standing, 'leaf' | 'claimed'>): bigint {
  const rest = (leaf?.cumulative ?? 0n) - claimed;
  return rest > 0n ? rest : 0n;
}

/** @throws wallet/..., settlement/..., network/... */
export async function readStanding(
  ask: Ask,
  settlement: Settlement,
  account: string,
): Promise<Standing> {
  const { contract: to } = settlement;
  const read = async (data: string) => {
    const word = readWord(await ask('eth_call', [{ to, data }, 'latest']));
    if (word === null) throw claimFault('not-deployed');
    return word;
  };
  const epoch = Number(await read(finalEpochData));
  const leaf = epoch > 0 ? await fetchLeaf(epoch, account) : null;
  const claimed = await read(claimedData(account));
  return { account, leaf, claimed, payments: await readPayments(ask, settlement, account) };
}

/** Some nodes answer for so many blocks alone, some not at all: then there is no list. */
async function readPayments(
  ask: Ask,
  { contract: address, fromBlock }: Settlement,
  account: string,
): Promise<Payment[]> {
  const topics = [claimedEvent, `0x${addressWord(account)}`];
  const logsSince = (block: number) =>
    ask('eth_getLogs', [
      { address, topics, fromBlock: `0x${block.toString(16)}`, toBlock: 'latest' },
    ]);
  const logs = await logsSince(0)
    .catch(() => logsSince(fromBlock))
    .catch(() => []);
  if (!Array.isArray(logs)) return [];
  return logs.flatMap((log: unknown) => readPayment(log) ?? []).reverse();
}

function readPayment(log: unknown): Payment | null {
  const { transactionHash: hash, blockNumber, data } = fieldsOf(log) ?? {};
  const amount = readWord(data);
  if (typeof hash !== 'string' || amount === null) return null;
  return { hash, amount, block: Number(blockNumber) };
}

const lookMs = 2_000;
/** Then it goes on without being looked at: the hash stands there. */
const looksMax = 300;

/**
 * @param from account of the wallet: whoever pays the fee, the amount goes to the leaf's account
 * @param tell hears how far it has come
 * @throws wallet/..., settlement/...
 */
export async function sendClaim(
  ask: Ask,
  { contract: to }: Settlement,
  { from, leaf, account, tell }: SentClaim,
): Promise<void> {
  const { cumulative, proof } = leaf;
  const call = { from, to, data: claimData({ account, cumulative, proof }) };
  try {
    await ask('eth_call', [call, 'latest']);
  } catch (thrown) {
    throw contractFault(thrown);
  }
  tell('asked');
  const hash = await ask('eth_sendTransaction', [call]);
  tell('sent');
  for (let look = 0; look < looksMax; look++) {
    const receipt = fieldsOf(await ask('eth_getTransactionReceipt', [hash]));
    if (receipt && Number(receipt.status) === 1) return;
    if (receipt) throw claimFault('reverted');
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  throw claimFault('not-mined');
}

export interface SentClaim {
  from: string;
  account: string;
  leaf: Leaf;
  tell(step: 'asked' | 'sent'): void;
}

/** Wallets wrap what the node said: the error's selector is in its words, or in its data. */
function contractFault(thrown: unknown) {
  const error = toIdlewildError(thrown);
  const { data } = fieldsOf(error.cause) ?? {};
  const said = `${error.message} ${JSON.stringify(data ?? '')}`;
  const [, fault] = Object.entries(claimFaults).find(([selector]) => said.includes(selector)) ?? [];
  return fault ? claimFault(fault, thrown) : error;
}
