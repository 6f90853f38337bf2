// What a contributor may ask about its own account, field by field.
import { z } from 'zod';
import { limits } from '#protocol/limits.ts';
import { address, bytes, count, id, text, walletSignature } from './wire-schemas.ts';

const sealed = { wire: z.int(), session: id, counter: z.int().min(1) };

export const accountRequest = z.strictObject({
  kind: z.literal('account'),
  ...sealed,
  days: count.max(limits.accountDaysMax, {
    error: `more than ${limits.accountDaysMax} (accountDaysMax)`,
  }),
});

export const withdrawRequest = z.strictObject({ kind: z.literal('withdraw'), ...sealed });

export const deleteRequest = z.strictObject({ kind: z.literal('delete'), ...sealed });

export const bindRequest = z.strictObject({
  kind: z.literal('bind'),
  ...sealed,
  binding: z.strictObject({
    device: address,
    wallet: address,
    coordinator: text,
    chainId: count,
    nonce: bytes(32),
    expiresAt: count,
  }),
  deviceSignature: bytes(65),
  walletSignature,
});

export const revokeRequest = z.strictObject({
  wire: z.int(),
  revocation: z.strictObject({
    account: address,
    coordinator: text,
    chainId: count,
    sessionKey: z.union([bytes(65), bytes(0)]),
    nonce: bytes(32),
  }),
  walletSignature,
});
