// A coordinator that settles on a real chain, with a requester whose deposit pays for batches: what the
// tests of its epochs need.
import { parseAbi } from 'viem';
import type { CoordinatorOptions } from '#coordinator/coordinator.ts';
import type { SettlementOptions } from '#coordinator/settlement-desk.ts';
import type { AccountAnswer } from '#protocol/account-wire.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { orderTypedData, type SpendingOrder } from '#settlement/spending-order.ts';
import { hashOf } from '../settlement/epoch-lab.ts';
import { chainId, openLab, type SettlementLab } from '../settlement/settlement-lab.ts';
import type { TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const tokenAbi = parseAbi(['function balanceOf(address account) view returns (uint256)']);

export interface SettlementSite {
  lab: SettlementLab;
  site: TestSite;
  options: Partial<CoordinatorOptions>;
  /** The newest first, as /v1/epochs shows them. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads JSON of any shape
  epochs(): Promise<any[]>;
  /** Signs an order of the requester's and brings it. @returns its hash */
  order(name: string): Promise<string>;
  orderState(hash: string): Promise<string>;
  /** The chain takes what was sent, and the coordinator looks at it. */
  turn(): Promise<void>;
  /** Until the latest epoch is in this state, while the chain's days pass. */
  until(state: string): Promise<void>;
  /** A batch that the order pays for, done by these contributors. @param name in its ids */
  batch(order: string, contributors: readonly TestContributor[], name: string): Promise<void>;
  balance(account: string): Promise<bigint>;
  account(who: TestContributor): Promise<AccountAnswer>;
  close(): Promise<void>;
}

/** Its steps are taken by `settle` alone, after which the latest epoch's state is what can be had. */
export async function openSettlementSite(
  settlement: Partial<SettlementOptions> = {},
  more: Partial<CoordinatorOptions> = {},
): Promise<SettlementSite> {
  const lab = await openLab();
  const options: Partial<CoordinatorOptions> = {
    chainId,
    chainRpc: lab.gate.url,
    // A machine with other work answers late.
    chainAnswerMs: 300_000,
    settlement: {
      contract: lab.settlement,
      poster: lab.sender.account,
      creditsPerTokenUnit: 3n,
      confirmations: 2,
      ...settlement,
    },
    ...more,
  };
  const site = await startTestSite(options);
  const opened: SettlementSite = {
    lab,
    site,
    options,
    epochs: async () => (await site.get('/v1/epochs')).json.epochs,
    async order(name) {
      const { project } = (await site.get('/v1/orders')).json;
      const requester = lab.requester.address.toLowerCase() as Hex;
      const order: SpendingOrder = {
        requester,
        project,
        cap: 10n ** 12n,
        expiresAt: 4_000_000_000n,
        nonce: hashOf(name),
      };
      const typed = orderTypedData(order, { chainId, settlement: lab.settlement });
      const signature = await lab.requester.signTypedData(typed);
      const { nonce } = order;
      const answer = await site.post('/v1/orders', {
        order: { requester, cap: String(order.cap), expires_at: 4_000_000_000, nonce },
        signature,
      });
      if (answer.status !== 200) throw new Error(`order: ${answer.status} ${answer.raw}`);
      return answer.json.hash;
    },
    orderState: async (hash) => (await site.get(`/v1/orders/${hash}`)).json.state,
    async turn() {
      await site.coordinator.settle();
      await lab.mine(2);
      await site.coordinator.settle();
    },
    async until(state) {
      for (let turns = 0; ; turns++) {
        const [latest] = await opened.epochs();
        if (latest?.state === state) return;
        if (turns > 20) throw new Error(`The epoch is ${latest?.state}, not ${state}.`);
        if (latest?.state === 'posted') await lab.passDays(2);
        await opened.turn();
      }
    },
    async batch(order, contributors, name) {
      const lines = makeTexts(8).map((text, i) => embedLine(`${name}${i}`, text));
      const id = await site.submit(lines, undefined, { x_order: order, x_rate_cap: 5_000 });
      for (let rounds = 0; rounds < 20; rounds++) {
        const { status } = await site.batch(id);
        if (status === 'completed') return;
        for (const who of contributors) await who.turn(4);
        await site.coordinator.settle();
      }
      throw new Error(`The batch is not done: ${JSON.stringify(await site.batch(id))}`);
    },
    balance: (account) =>
      lab.chain.ask('show a balance', (client) =>
        client.readContract({
          address: lab.token,
          abi: tokenAbi,
          functionName: 'balanceOf',
          args: [account as Hex],
        }),
      ),
    account: (who) => who.call('/v1/account', { kind: 'account', days: 0 }),
    async close() {
      await site.close();
      await lab.close();
    },
  };
  return opened;
}
