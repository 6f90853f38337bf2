// What the contract did since the last look, as its events say: payments, which contributors are shown,
// and orders that their requesters revoked, under which nothing more may begin.
import type { Logger } from 'pino';
import { readEvents } from '#settlement/read-settlement.ts';
import type { Sender } from '#settlement/sender.ts';
import type { Database } from '#store/database.ts';

export interface EventReader {
  step(): Promise<void>;
}

export const revokedReason = 'Its requester revoked it.';

export function createEventReader(
  { chain }: Sender,
  { database, log }: { database: Database; log: Logger },
): EventReader {
  return {
    async step() {
      const seen = await database.run('readChainSeen', null);
      const { believed } = await chain.readHead();
      if (!seen || believed <= seen.block) return;
      const range = { fromBlock: seen.block + 1n, toBlock: believed };
      for (const { args } of await readEvents(chain, 'OrderRevoked', range)) {
        const { order: hash } = args;
        await database.run('ruleOnOrder', { hash, state: 'refused', reason: revokedReason });
        log.warn({ order: hash }, 'an order was revoked on the chain');
      }
      const events = await readEvents(chain, 'Claimed', range);
      const payments = events.map(({ args, transactionHash, blockNumber, logIndex }) => ({
        account: args.account.toLowerCase(),
        amount: args.amount,
        hash: transactionHash,
        block: blockNumber,
        logIndex,
      }));
      // Last: it says how far the chain was read.
      await database.run('addPayments', { payments, block: believed });
    },
  };
}
