// A requester's spending order, from deposit to an order that batches can name: everything that can be
// asked is asked before money moves, and the contract has the order before work is done for it.
import { randomBytes } from 'node:crypto';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import type { Token } from '#settlement/read-token.ts';
import { orderTypedData, type SpendingOrder } from '#settlement/spending-order.ts';
import { type Deposited, deposit } from './deposit.ts';
import type { Progress } from './progress.ts';
import type { OrderSource, PlacedOrder, Requester } from './requester.ts';
import type { Payer } from './send-call.ts';
import { formatAmount } from './token-amount.ts';

export interface OrderWish {
  payer: Payer;
  token: Token;
  requester: Pick<Requester, 'listOrders' | 'placeOrder' | 'findOrder'>;
  /** Base units to deposit first; 0 for none. */
  amount: bigint;
  /** Base units that may be spent. */
  cap: bigint;
  days: number;
  source: OrderSource;
  progress: Progress;
}

export interface OrderMade {
  order: PlacedOrder;
  deposited: Deposited | null;
}

const daySeconds = 86_400n;
const pollMs = 1_000;
/** A coordinator registers orders within a few looks at the chain. */
const registrationMsMax = 10 * 60_000;

/** @throws order/refused, order/slow, requester/refused, deposit/..., settlement/..., chain/... */
export async function placeOrder(wish: OrderWish): Promise<OrderMade> {
  const { payer, token, requester, amount, source, progress } = wish;
  const known = await requester.listOrders();
  const project = source === 'credit' ? known.credit_project : known.project;
  const order = await makeOrder(wish, project);
  const { chainId, settlement } = payer.chain;
  const typed = orderTypedData(order, { chainId, settlement });
  const signature = await payer.account.signTypedData(typed);
  const deposited = amount > 0n ? await deposit(payer, token, amount) : null;
  if (deposited) progress.done(`Deposited ${formatAmount(deposited.amount, token)}.`);
  const { cap, expiresAt, nonce } = order;
  const terms = {
    requester: order.requester,
    cap: String(cap),
    expires_at: Number(expiresAt),
    nonce,
  };
  try {
    const placed = await requester.placeOrder({ order: terms, signature, source });
    progress.update(`Order ${placed.hash} is signed; the coordinator registers it.`);
    return { order: await waitForOrder(requester, placed), deposited };
  } catch (thrown) {
    throw deposited === null ? thrown : afterDeposit(thrown);
  }
}

/** Its end is counted from the chain's newest block, not from this machine's clock. */
async function makeOrder({ payer, cap, days }: OrderWish, project: Hex): Promise<SpendingOrder> {
  const { timestamp } = await payer.chain.ask('show a block', (client) => client.getBlock());
  return {
    requester: payer.account.address.toLowerCase() as Hex,
    project,
    cap,
    expiresAt: timestamp + BigInt(days) * daySeconds,
    nonce: `0x${toHex(randomBytes(32))}`,
  };
}

async function waitForOrder(
  requester: OrderWish['requester'],
  placed: PlacedOrder,
): Promise<PlacedOrder> {
  let order = placed;
  for (let waitedMs = 0; order.state === 'signed'; waitedMs += pollMs) {
    if (waitedMs > registrationMsMax) {
      throw new IdlewildError('order/slow', `The order ${order.hash} is not registered yet.`, {
        retryable: true,
        metaMessages: ['Batches can use it when `idlewild order list` says so.'],
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    order = await requester.findOrder(order.hash);
  }
  if (order.state === 'registered') return order;
  throw new IdlewildError('order/refused', `The order is ${order.state}: ${order.reason ?? ''}`);
}

function afterDeposit(thrown: unknown): IdlewildError {
  const { code, shortMessage, retryable, metaMessages, cause } = toIdlewildError(thrown);
  const next = 'The deposit is made: do it again without --amount.';
  const options = { retryable, metaMessages: [...metaMessages, next], cause };
  return new IdlewildError(code, shortMessage, options);
}
