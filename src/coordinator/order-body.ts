// A spending order as its requester brings it: its words field by field, and that the wallet signed them.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { hashStatement, isCanonical } from '#ledger/wallet-signature.ts';
import { fromHex, utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { hashOrder, orderTypedData, type SpendingOrder } from '#settlement/spending-order.ts';
import type { Context } from './context.ts';

type Hex = `0x${string}`;

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`), `must be 0x and ${2 * bytes} hex digits`)
    .transform((text) => text.toLowerCase() as Hex);

const signatureDigitsMax = 2 * limits.walletSignatureBytesMax;
/** Below 2^256. */
const amountDigitsMax = 77;

export const orderBody = z.looseObject({
  order: z.looseObject({
    requester: hex(20),
    cap: z
      .string()
      .regex(
        new RegExp(`^[1-9][0-9]{0,${amountDigitsMax - 1}}$`),
        "must be the token's base units, as decimal digits",
      )
      .transform(BigInt),
    expires_at: z.int().min(1),
    nonce: hex(32),
  }),
  signature: z
    .string()
    .regex(/^0x(?:[0-9a-fA-F]{2})+$/, 'must be 0x and hex digits, two for each byte')
    .max(2 + signatureDigitsMax, {
      error: `exceeds ${limits.walletSignatureBytesMax} bytes (walletSignatureBytesMax)`,
    }),
  source: z.enum(['escrow', 'credit'], { error: "must be 'escrow' or 'credit'" }).default('escrow'),
});

export type OrderBody = z.output<typeof orderBody>;

/**
 * What an order names as its project: so whoever signs says what is spent, a deposit or the credit that
 * the account earned.
 */
export function projectDigest(project: string, source: OrderBody['source']): Hex {
  const words = source === 'escrow' ? project : `credit:${project}`;
  return `0x${createHash('sha256').update(utf8(words)).digest('hex')}`;
}

export interface SignedOrder {
  hash: Hex;
  order: SpendingOrder;
  signature: Uint8Array;
}

/**
 * @param address network address of whoever brings it
 * @throws settlement/not-set, order/wallet-signature, chain/...
 */
export async function checkOrder(
  context: Context,
  { order: words, signature: text, source }: OrderBody,
  { project, address }: { project: string; address: string },
): Promise<SignedOrder> {
  const { settlement } = context;
  if (!settlement) {
    const message = 'This coordinator settles nothing on a chain, so it takes no orders.';
    throw new IdlewildError('settlement/not-set', message);
  }
  const order: SpendingOrder = {
    requester: words.requester,
    project: projectDigest(project, source),
    cap: words.cap,
    expiresAt: BigInt(words.expires_at),
    nonce: words.nonce,
  };
  const { chainId, contract } = settlement;
  const data = orderTypedData(order, { chainId, settlement: contract });
  const hash = hashStatement({ ...data, message: { ...order } });
  const signature = fromHex(text.slice(2));
  const statement = { account: order.requester, hash, signature };
  const word = await context.wallets.verify(statement, address);
  // A contract takes an ordinary account's signature in this form alone.
  if (word === null || (word === 'key' && !isCanonical(signature))) {
    const message = `The wallet ${order.requester} did not sign this order for this project.`;
    throw new IdlewildError('order/wallet-signature', message);
  }
  return { hash: hashOrder(order), order, signature };
}
