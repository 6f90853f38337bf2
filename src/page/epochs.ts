// What the coordinator says of its settlement to anyone, GET /v1/epochs: which contract pays, in what, and
// which epochs it was told. Checked here, whoever answers.
import { amountOf, digitsOf, type Fields, fieldsOf, hexOf, listOf, textOf } from './read-fields.ts';

const states = ['closing', 'built', 'posting', 'posted', 'disputed', 'final', 'struck'] as const;
export type EpochState = (typeof states)[number];

export interface Token {
  symbol: string;
  decimals: number;
}

export interface Epoch {
  number: number;
  state: EpochState;
  /** Token units that the contract may pay in all, decimal; null before it is known. */
  creditsTotal: string | null;
  transaction: string | null;
  /** Milliseconds since 1970. */
  closedAt: number | null;
  finalAt: number | null;
}

export interface Settlement {
  contract: string;
  chainId: number;
  /** Null until the coordinator has heard from its chain. */
  token: Token | null;
  creditsPerTokenUnit: number;
  /** It claims for everybody, once an epoch is final. */
  relays: boolean;
  /** Where the coordinator began to look at its chain. */
  fromBlock: number;
  /** The newest first. */
  epochs: Epoch[];
}

const epochsMax = 400;
const decimalsMax = 36;

/** @returns null where nothing is paid out, undefined for what is no answer */
export function readEpochs(value: unknown): Settlement | null | undefined {
  const fields = fieldsOf(value);
  if (fields?.contract === null) return null;
  const contract = hexOf(fields?.contract, 40);
  const chainId = amountOf(fields?.chain_id);
  const creditsPerTokenUnit = amountOf(fields?.credits_per_token_unit);
  if (!fields || !contract || !chainId || !creditsPerTokenUnit) return undefined;
  const epochs = listOf(fields.epochs, epochsMax, readEpoch);
  const [token, relays] = [readToken(fields.token), fields.relays === true];
  const fromBlock = Math.floor(amountOf(fields.from_block) ?? 0);
  return { contract, chainId, token, creditsPerTokenUnit, relays, fromBlock, epochs };
}

export function readToken(value: unknown): Token | null {
  const fields = fieldsOf(value);
  const decimals = amountOf(fields?.decimals);
  if (!fields || decimals === null || !Number.isInteger(decimals) || decimals > decimalsMax) {
    return null;
  }
  return { symbol: textOf(fields.symbol) || '?', decimals };
}

function readEpoch(fields: Fields): Epoch | null {
  const number = amountOf(fields.number);
  const state = states.find((one) => one === fields.state);
  if (!number || !state) return null;
  return {
    number,
    state,
    creditsTotal: digitsOf(fields.credits_total),
    transaction: hexOf(fields.transaction, 64),
    closedAt: amountOf(fields.closed_at),
    finalAt: amountOf(fields.final_at),
  };
}
