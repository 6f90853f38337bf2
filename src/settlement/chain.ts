// A chain behind a node that is not trusted to be there, nor to be the right one: every use is
// preceded by the question which chain it is, ends after a named time, and fails with a code. What
// was read is believed only below a named number of blocks.
import { createPublicClient, http, type PublicClient } from 'viem';
import { IdlewildError } from '#protocol/errors.ts';
import { toChainError } from './chain-errors.ts';
import type { Hex } from './epoch-books.ts';

export interface ChainOptions {
  url: string;
  chainId: number;
  /** The settlement contract. */
  settlement: Hex;
  /** Blocks, the one with the fact included, before a fact is believed; at least 1. */
  confirmations: number;
  /** Of one answer. */
  timeoutMs?: number;
  /** Once it is aborted nothing is asked, and nobody waits for an answer any more. */
  signal?: AbortSignal;
}

export interface Chain extends ChainOptions {
  /** Asks the node, once it has said that it is of this chain. */
  ask<Answer>(doing: string, question: (client: PublicClient) => Promise<Answer>): Promise<Answer>;
  /** The newest block, and the newest that is believed. */
  readHead(): Promise<{ newest: bigint; believed: bigint }>;
}

const answerMsMax = 15_000;

/** @throws chain/unreachable (retryable), chain/wrong-chain, settlement/not-deployed */
export async function openChain(options: ChainOptions): Promise<Chain> {
  const { url, chainId, settlement, confirmations, timeoutMs = answerMsMax, signal } = options;
  if (!Number.isSafeInteger(confirmations) || confirmations < 1) {
    throw new IdlewildError('chain/confirmations', 'Confirmations are a whole number from 1 on.');
  }
  const transport = http(url, { timeout: timeoutMs, retryCount: 0 });
  // An answer that was kept is an old one.
  const client = createPublicClient({ transport, cacheTime: 0 });

  const chain: Chain = {
    ...options,
    async ask(doing, question) {
      try {
        return await untilAborted(signal, async () => {
          const said = await client.getChainId();
          if (said !== chainId) throw wrongChain(said, chainId);
          return question(client);
        });
      } catch (thrown) {
        throw toChainError(thrown, doing);
      }
    },
    async readHead() {
      const newest = await chain.ask('name its newest block', (asked) => asked.getBlockNumber());
      const believed = newest - BigInt(confirmations - 1);
      return { newest, believed: believed < 0n ? 0n : believed };
    },
  };
  const code = await chain.ask('show the contract', (asked) =>
    asked.getCode({ address: settlement }),
  );
  if (!code) {
    throw new IdlewildError('settlement/not-deployed', `There is no contract at ${settlement}.`, {
      metaMessages: [`Look at the address, and whether chain ${chainId} is meant.`],
    });
  }
  return chain;
}

/** What comes after is of no use to anyone. */
async function untilAborted<Answer>(
  signal: AbortSignal | undefined,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  if (!signal) return ask();
  if (signal.aborted) throw closed();
  const asked = ask();
  return new Promise<Answer>((resolve, reject) => {
    const stop = () => reject(closed());
    signal.addEventListener('abort', stop, { once: true });
    asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function closed(): IdlewildError {
  return new IdlewildError('chain/closed', 'The chain is asked no more: this process ends.');
}

function wrongChain(said: number, wanted: number): IdlewildError {
  const message = `The node is of chain ${said}, not ${wanted}.`;
  return new IdlewildError('chain/wrong-chain', message, {
    metaMessages: ['Nothing was sent. Give the address of a node of the right chain.'],
  });
}
