// The settlement of one coordinator as its routes and loops see it: the terms, which are known without
// a node, and a look at the chain now and then, which takes everything one step further. One replica
// looks; whatever a look meets, the coordinator goes on, and the next look tries again.
import path from 'node:path';
import type { Logger } from 'pino';
import type { LocalAccount } from 'viem/accounts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import type { Database } from '#store/database.ts';
import type { ChainSeen } from '#store/epoch-payments.ts';
import type { Claims } from './claims.ts';
import { createChainLook } from './settlement-look.ts';

export interface SettlementOptions {
  contract: Hex;
  /** Who may post, and pays for gas. */
  poster: LocalAccount;
  /** The same for ever. */
  creditsPerTokenUnit?: bigint;
  /** From one close to the next. */
  epochMs?: number;
  /** Blocks before anything that a chain says is believed. */
  confirmations?: number;
  /** Claims for everybody whose due is worth it. */
  relay?: boolean;
  /** What is worth it, in the token's base units. */
  relayMin?: bigint;
  /** Between two looks at the chain. */
  lookMs?: number;
}

export const settlementDefaults = {
  creditsPerTokenUnit: 1_000n,
  epochMs: 24 * 60 * 60_000,
  confirmations: 5,
  relay: false,
  relayMin: 1n,
  lookMs: 15_000,
};

export interface SettlementDesk {
  chainId: number;
  /** In lower case. */
  contract: Hex;
  poster: Hex;
  creditsPerTokenUnit: bigint;
  /** Claims for everybody. */
  relays: boolean;
  /** Of all epochs' files. */
  folder: string;
  /** What the chain has said; null before its first word. */
  seen(): Promise<ChainSeen | null>;
  /** Looks if it is time. @returns whether more can be done at once */
  step(): Promise<boolean>;
  /** The next step is due at once. */
  hurry(): void;
  /** The same, and the loops take it: something has changed, or somebody waits. */
  wake(): void;
  /** Closes the books now. @returns its number; null where one is under way, or nothing is new */
  closeEpoch(): Promise<number | null>;
  /** How the last look went; a sentence that names no address. */
  health(): { ok: boolean; words: string };
  /** Nothing is asked or sent any more. */
  stop(): Promise<void>;
}

interface DeskParts {
  database: Database;
  claims: Claims;
  log: Logger;
  chainId: number;
  chainRpc?: string | undefined;
  chainAnswerMs?: number | undefined;
  dataFolder: string;
  now(): number;
  /** Has the loops look. */
  onWake(): void;
}

/** Failing looks are this far apart at most. */
const retryMsMax = 5 * 60_000;
const claimName = 'settlement';

/** @returns null where credit is not paid out @throws settlement/no-node */
export function createSettlementDesk(
  options: SettlementOptions | undefined,
  parts: DeskParts,
): SettlementDesk | null {
  if (!options) return null;
  const { database, claims, log, chainId, chainRpc, now } = parts;
  const folder = path.join(parts.dataFolder, 'epochs');
  const terms = { ...settlementDefaults, ...options };
  const contract = options.contract.toLowerCase() as Hex;
  if (chainRpc === undefined) throw noNode();
  const stopping = new AbortController();
  const { signal } = stopping;
  const look = createChainLook({ ...terms, contract }, { ...parts, folder, chainRpc, signal });
  let nextLookAt = 0;
  let retryMs = 0;
  let fault: IdlewildError | null = null;
  let words = 'not looked at yet';
  let last: Promise<unknown> = Promise.resolve();
  /** One thing at a time: a close while a look is under way would meet its moves. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  }

  function tell(error: IdlewildError | null): void {
    if (error?.code === fault?.code) return;
    fault = error;
    if (error) {
      const { code, shortMessage, metaMessages } = error;
      log.warn({ loop: 'settlement', code, next: metaMessages[0] }, shortMessage);
    } else log.info({ loop: 'settlement' }, 'settlement goes on');
  }

  async function attempt(): Promise<boolean> {
    try {
      const seen = await claims.holdName(claimName, look.look);
      words = seen?.words ?? 'another replica does it';
      tell(seen?.fault ?? null);
      retryMs = 0;
      nextLookAt = seen?.more ? 0 : now() + terms.lookMs;
      return seen?.more ?? false;
    } catch (thrown) {
      if (signal.aborted) return false;
      tell(toIdlewildError(thrown));
      retryMs = Math.min(Math.max(2 * retryMs, terms.lookMs), retryMsMax);
      nextLookAt = now() + retryMs;
      return false;
    }
  }

  const hurry = () => {
    nextLookAt = 0;
  };
  const wake = () => {
    hurry();
    parts.onWake();
  };

  return {
    chainId,
    contract,
    poster: options.poster.address.toLowerCase() as Hex,
    creditsPerTokenUnit: terms.creditsPerTokenUnit,
    relays: terms.relay,
    folder,
    seen: () => database.run('readChainSeen', null),
    async step() {
      if (signal.aborted || now() < nextLookAt) return false;
      return inTurn(attempt);
    },
    hurry,
    wake,
    async closeEpoch() {
      const number = await inTurn(() => claims.holdName(claimName, look.closeNow));
      wake();
      return number;
    },
    health: () => (fault ? { ok: false, words: `${fault.code}: ${words}` } : { ok: true, words }),
    async stop() {
      stopping.abort();
      await last;
      await claims.dropName(claimName);
    },
  };
}

function noNode(): IdlewildError {
  return new IdlewildError('settlement/no-node', 'A settlement needs a node of its chain.', {
    metaMessages: ['Name one by --chain-rpc (IDLEWILD_CHAIN_RPC).'],
  });
}
