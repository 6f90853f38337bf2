// Whether a wallet signed a statement, for the routes that bring one. What an account's own key signed is
// told here; the chain is asked about the rest, so seldom that no stranger can make this coordinator
// hammer its node.
import type { Logger } from 'pino';
import { createWalletChain, type WalletChain } from '#ledger/wallet-chain.ts';
import {
  verifyWalletSignature,
  type WalletStatement,
  type WalletWord,
} from '#ledger/wallet-signature.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { createRateLimit } from './rate-limit.ts';

export interface WalletChecks {
  /**
   * @param address network address of whoever asks
   * @throws chain/not-set, chain/unreachable, chain/wrong-id, chain/busy, limits/calls
   */
  verify(statement: WalletStatement, address: string): Promise<WalletWord>;
  /** Whether contracts can be asked. */
  hasChain: boolean;
}

export interface WalletChecksOptions {
  chainId: number;
  /** Address of a node of that chain; without one, ordinary accounts alone. */
  chainRpc?: string | undefined;
  /** A node's answer takes at most so long. */
  chainAnswerMs?: number | undefined;
  log: Logger;
  now(): number;
}

const ordinaryBytes = 65;

/** A node that is away may come back; one of another chain is the operator's mistake. */
async function openChain(options: WalletChecksOptions): Promise<WalletChain | null> {
  const { chainId, chainRpc: url, chainAnswerMs: answerMs, log } = options;
  if (!url) return null;
  const chain = createWalletChain({ chainId, url, ...(answerMs !== undefined && { answerMs }) });
  await chain.checkId().catch((thrown: unknown) => {
    const { code, shortMessage } = toIdlewildError(thrown);
    if (code !== 'chain/unreachable') throw thrown;
    log.warn({ code }, shortMessage);
  });
  return chain;
}

/** @throws settings/invalid, chain/wrong-id */
export async function openWalletChecks(options: WalletChecksOptions): Promise<WalletChecks> {
  const { chainId, now } = options;
  const chain = await openChain(options);
  const ofOne = createRateLimit({
    callsPerMinuteMax: limits.chainQuestionsPerMinuteMax,
    name: 'chainQuestionsPerMinuteMax',
    now,
  });
  const ofAll = createRateLimit({
    callsPerMinuteMax: limits.chainQuestionsOfAllPerMinuteMax,
    name: 'chainQuestionsOfAllPerMinuteMax',
    now,
  });
  let asking = 0;

  async function ask(known: WalletChain, statement: WalletStatement, address: string) {
    ofOne.take(address);
    ofAll.take('');
    if (asking >= limits.chainQuestionsMax) throw busy();
    asking++;
    try {
      return await known.ask(statement);
    } finally {
      asking--;
    }
  }

  return {
    hasChain: chain !== null,
    verify: (statement, address) =>
      verifyWalletSignature(statement, async () => {
        if (chain) return ask(chain, statement, address);
        // As long as an ordinary one: signed by another key, most likely.
        if (statement.signature.length === ordinaryBytes) return null;
        throw notSet(chainId);
      }),
  };
}

function notSet(chainId: number): IdlewildError {
  const message = 'This coordinator cannot tell what a wallet that is a contract has signed.';
  return new IdlewildError('chain/not-set', message, {
    metaMessages: [
      `Its operator names a node of chain ${chainId} by --chain-rpc (IDLEWILD_CHAIN_RPC).`,
      'Until then, use an ordinary account.',
    ],
  });
}

function busy(): IdlewildError {
  const many = `${limits.chainQuestionsMax} at once (chainQuestionsMax)`;
  return new IdlewildError('chain/busy', `Too many wallets are being asked about: ${many}.`, {
    retryable: true,
    metaMessages: ['Try again in a moment.'],
  });
}
