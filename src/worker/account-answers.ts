// What the coordinator may say of an account, checked before the page believes it.
import type {
  AccountAnswer,
  BindAnswer,
  ConsentEnded,
  RevokeAnswer,
} from '#protocol/account-wire.ts';
import { limits } from '#protocol/limits.ts';
import { read } from './answers.ts';
import { count, list, matching, nullable, optional, record, text, whole } from './shapes.ts';

/** Credit may fall by a correction. */
const amount = whole();
const address = matching(/^0x[0-9a-f]{40}$/);
const day = matching(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);

/** Base units of a token, which may pass what a float64 holds. */
const units = matching(/^\d{1,78}$/);
const symbolLengthMax = 32;
/** The newest; older ones are on the chain. */
const claimsMax = 1_000;

const settlement = record({
  chainId: count,
  contract: address,
  token: record({ address, symbol: text(symbolLengthMax), decimals: whole(0, 77) }),
  creditsPerTokenUnit: whole(1),
  leaf: nullable(record({ epoch: count, cumulative: units })),
  claimed: units,
  transactions: list(
    record({ hash: matching(/^0x[0-9a-f]{64}$/), amount: units, block: count }),
    claimsMax,
  ),
});

const accountAnswer = record({
  wire: count,
  account: address,
  boundTo: nullable(address),
  credit: record({
    earned: amount,
    held: amount,
    pending: amount,
    claimable: amount,
    paid: amount,
  }),
  history: list(
    record({ day, accepted: count, rejected: count, credit: amount }),
    limits.accountDaysMax,
  ),
  consent: record({ version: count, expiresInMs: amount }),
  sessions: count,
  settlement: optional(nullable(settlement)),
});

const bindAnswer = record({ wire: count, account: address, boundTo: address });
const ended = record({ wire: count, account: address, sessions: count });

export const readAccountAnswer = (value: unknown): AccountAnswer =>
  read(accountAnswer, value, 'account');

export const readBindAnswer = (value: unknown): BindAnswer => read(bindAnswer, value, 'binding');

export const readConsentEnded = (value: unknown): ConsentEnded =>
  read(ended, value, 'end of consent');

export const readRevokeAnswer = (value: unknown): RevokeAnswer => read(ended, value, 'revocation');
