// Spending orders on their way to the contract, and what it says of requesters' escrows: without these
// no batch of theirs begins.
import type { Logger } from 'pino';
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { readAvailable, readOrderState } from '#settlement/read-settlement.ts';
import type { Sender } from '#settlement/sender.ts';
import { registerCall } from '#settlement/settlement-calls.ts';
import type { SpendingOrder } from '#settlement/spending-order.ts';
import { submitCall } from '#settlement/submit-call.ts';
import type { Database } from '#store/database.ts';
import type { EscrowOrder } from '#store/epoch-orders.ts';
import { projectDigest } from './order-body.ts';
import { revokedReason } from './settlement-events.ts';

export interface OrderDesk {
  step(): Promise<void>;
}

const pageMax = 256;
/** What the contract will not say otherwise later. */
const lasting = new Set(['settlement/invalid-signature', 'settlement/order-over']);

/** As it was signed. */
export function toSpendingOrder(order: EscrowOrder): SpendingOrder {
  const { requester, projectId, cap, expiresAt, nonce } = order;
  const project = projectDigest(projectId, 'escrow');
  return { requester, project, cap, expiresAt, nonce };
}

export function createOrderDesk(
  sender: Sender,
  { database, log, now }: { database: Database; log: Logger; now(): number },
): OrderDesk {
  const { chain } = sender;

  async function refuse(hash: Hex, reason: string): Promise<void> {
    await database.run('ruleOnOrder', { hash, state: 'refused', reason });
    log.warn({ order: hash, reason }, 'an order was refused');
  }

  /** @throws what the next look may find otherwise */
  async function register(order: EscrowOrder, block: bigint): Promise<void> {
    const { hash, signature } = order;
    const { registered, revokedAt } = await readOrderState(chain, hash, block);
    if (revokedAt !== 0n) return refuse(hash, revokedReason);
    if (registered) {
      await database.run('ruleOnOrder', { hash, state: 'registered', reason: null });
      log.info({ order: hash }, 'order registered');
      return;
    }
    try {
      await submitCall(sender, registerCall(toSpendingOrder(order), hash, signature));
    } catch (thrown) {
      if (!(thrown instanceof IdlewildError && lasting.has(thrown.code))) throw thrown;
      await refuse(hash, thrown.metaMessages[0] ?? thrown.shortMessage);
    }
  }

  async function readEscrow(requester: Hex, block: bigint): Promise<void> {
    const available = await readAvailable(chain, requester, block);
    const taken: { hash: Hex; taken: bigint }[] = [];
    for (const hash of await database.run('listOrdersOf', { requester })) {
      taken.push({ hash, taken: (await readOrderState(chain, hash, block)).taken });
    }
    await database.run('writeEscrow', { requester, available, block, now: now(), taken });
  }

  return {
    async step() {
      const { believed } = await chain.readHead();
      // Before their orders: who is registered has its escrow known.
      for (let after = ''; ; ) {
        const page = await database.run('listRequesters', { after, limit: pageMax });
        for (const requester of page) await readEscrow(requester, believed);
        if (page.length < pageMax) break;
        after = page[page.length - 1];
      }
      for (let after = ''; ; ) {
        const question = { which: 'signed', after, limit: pageMax } as const;
        const page = await database.run('listEscrowOrders', question);
        for (const order of page) await register(order, believed);
        if (page.length < pageMax) break;
        after = page[page.length - 1].hash;
      }
    },
  };
}
