// What a chain or its node says, as errors with a code: the contract's own refusals by their name with
// what to do next, a node that is away, and what a node has against a transaction.
import { BaseError, decodeErrorResult } from 'viem';
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from './epoch-books.ts';
import { settlementAbi } from './settlement-abi.ts';

/** What to do after a refusal, and whether the same call may succeed later. */
const advice: Record<string, { next: string; later?: true }> = {
  WrongNumber: { next: 'Another epoch was posted: read lastPosted() and close the next one.' },
  EpochOpen: { next: 'Wait until the epoch before it is final or struck.', later: true },
  TotalFell: { next: 'The books are older than those on chain: restore the newest backup.' },
  LogShrank: { next: 'The log is shorter than the one on chain: restore the newest backup.' },
  TotalWithoutRoot: { next: 'The tree has no leaves but a total: build the epoch again.' },
  CreditsPastDebits: { next: 'Credit was given that no order pays for: see the reconciler.' },
  DebitsPastDeposits: {
    next: 'Deposits do not cover the debits: add to them, or cover().',
    later: true,
  },
  NotHolder: { next: 'Send from the account that holds the role: holder(role) names it.' },
  Paused: { next: 'The guardian paused the contract. It ends by itself.', later: true },
  InvalidProof: { next: 'Take the proof from the files of the epoch that finalEpoch() names.' },
  ProofBroken: { next: 'Make the multiproof again from the files of the final epoch.' },
  InvalidSignature: { next: 'The requester did not sign this order: ask for its signature.' },
  OrderOver: { next: 'The time to collect under this order is over.' },
  NothingToCollect: { next: 'It was collected already, or the deposit is empty.', later: true },
  NothingToClaim: { next: 'All that is final was paid already.', later: true },
  NothingCollected: { next: 'Debits of this epoch are to be collected first.', later: true },
  LengthsDiffer: { next: 'Give one cumulative amount for each account.' },
};

/**
 * @param doing such as 'post epoch 3'
 * @returns settlement/<the contract's error, kebab-case>; chain/unreachable (retryable),
 * chain/nonce-used, chain/underpriced, chain/known, chain/out-of-gas-money, chain/refused
 */
export function toChainError(thrown: unknown, doing: string): IdlewildError {
  if (thrown instanceof IdlewildError) return thrown;
  return decodeRevert(thrown, doing) ?? explainNode(thrown, doing);
}

function decodeRevert(thrown: unknown, doing: string): IdlewildError | null {
  const data = findRevertData(thrown);
  if (data === null) return null;
  let name = `the unknown error ${data.slice(0, 10)}`;
  let values = '';
  try {
    const decoded = decodeErrorResult({ abi: settlementAbi, data });
    name = decoded.errorName;
    values = (decoded.args ?? []).join(', ');
  } catch {
    // A token's error, or that of another contract.
  }
  const known = advice[name];
  const code = /^\w+$/.test(name) ? `settlement/${toKebab(name)}` : 'settlement/reverted';
  return new IdlewildError(code, `The contract refuses to ${doing}: ${name}(${values}).`, {
    metaMessages: known ? [known.next] : [],
    retryable: known?.later ?? false,
    cause: thrown,
  });
}

/** JSON-RPC's `data` of a revert, wherever in the chain of causes it lies. */
function findRevertData(thrown: unknown): Hex | null {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    const { data, raw } = at as { data?: unknown; raw?: unknown };
    for (const one of [raw, data, (data as { data?: unknown } | undefined)?.data]) {
      if (typeof one === 'string' && /^0x([0-9a-f]{2}){4,}$/i.test(one)) return one as Hex;
    }
  }
  return null;
}

/** In what nodes say in words; there are no codes for it. */
const complaints: [RegExp, string, string][] = [
  [
    /nonce too low|nonce is too low|nonce provided.*lower/i,
    'chain/nonce-used',
    'Its nonce was used.',
  ],
  [
    /underpriced|fee too low|less than block base fee/i,
    'chain/underpriced',
    'Its fees are raised when it has waited.',
  ],
  [/already known|already imported|known transaction/i, 'chain/known', 'The node has it already.'],
  [
    /insufficient funds|exceeds the balance|total cost.*exceeds/i,
    'chain/out-of-gas-money',
    "Send the chain's own currency to the sender.",
  ],
];

function explainNode(thrown: unknown, doing: string): IdlewildError {
  const said =
    thrown instanceof BaseError ? `${thrown.shortMessage} ${thrown.details}` : `${thrown}`;
  const message = `The chain's node did not ${doing}: ${said.slice(0, 500).trim()}`;
  for (const [pattern, code, next] of complaints) {
    if (!pattern.test(said)) continue;
    return new IdlewildError(code, message, { metaMessages: [next], cause: thrown });
  }
  if (isAway(thrown)) {
    const metaMessages = ['Nothing is lost: it is tried again. See that the node is up.'];
    return new IdlewildError('chain/unreachable', message, {
      retryable: true,
      metaMessages,
      cause: thrown,
    });
  }
  return new IdlewildError('chain/refused', message, { cause: thrown });
}

const awayNames = new Set([
  'HttpRequestError',
  'TimeoutError',
  'SocketClosedError',
  'WebSocketRequestError',
  'InternalRpcError',
  'LimitExceededRpcError',
  'ResourceUnavailableRpcError',
  'TypeError',
]);

function isAway(thrown: unknown): boolean {
  for (let at = thrown; at instanceof Error; at = at.cause) if (awayNames.has(at.name)) return true;
  return false;
}

function toKebab(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
