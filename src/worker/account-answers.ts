// What the coordinator may say of an account, checked before the page believes it.
import type { AccountAnswer, BindAnswer, ConsentEnded } from '#protocol/account-wire.ts';
import { limits } from '#protocol/limits.ts';
import { read } from './answers.ts';
import { count, list, matching, nullable, record, whole } from './shapes.ts';

/** Credit may fall by a correction. */
const amount = whole();
const address = matching(/^0x[0-9a-f]{40}$/);
const day = matching(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);

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
});

const bindAnswer = record({ wire: count, account: address, boundTo: address });
const consentEnded = record({ wire: count, account: address, sessions: count });

export const readAccountAnswer = (value: unknown): AccountAnswer =>
  read(accountAnswer, value, 'account');

export const readBindAnswer = (value: unknown): BindAnswer => read(bindAnswer, value, 'binding');

export const readConsentEnded = (value: unknown): ConsentEnded =>
  read(consentEnded, value, 'end of consent');
