// A visitor whose wallet is a contract: the page lets its longer signature through, the coordinator asks
// the chain, and the credit is the contract's.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChainNode } from './chain-node.ts';
import { type ContractAccount, makeContractWallets } from './contract-wallets.ts';
import { addWork, openWorld, visitWith, type World } from './visitor.ts';

let world: World;
let wallets: Awaited<ReturnType<typeof makeContractWallets>>;

beforeAll(async () => {
  world = await openWorld();
  wallets = await makeContractWallets(world.chain);
});

afterAll(() => world?.close());

/** The chain as the wallet's own program stands before it: what the account signs, its contract does. */
function signingFor(chain: ChainNode, { address, sign }: ContractAccount): ChainNode {
  return {
    ...chain,
    accounts: [address.toLowerCase()],
    async request(method, params = []) {
      if (method !== 'eth_signTypedData_v4') return chain.request(method, params);
      const signature = await sign(JSON.parse(String(params[1])) as object);
      return `0x${Buffer.from(signature).toString('hex')}`;
    },
  };
}

test.each(['deployed', 'counterfactual'] as const)(
  'a %s one signs, and is credited',
  async (kind) => {
    await addWork(world.site);
    const account = await wallets[kind]();
    const chain = signingFor(world.chain, account);
    const plan = {
      name: 'Brook',
      rdns: 'example.brook',
      chains: [chain],
      accounts: chain.accounts,
    };
    const visitor = await visitWith(world, [plan]);
    const {
      page,
      press,
      wallets: [wallet],
      complaints,
    } = visitor;
    await page.getByRole('radio', { name: 'Brook' }).check();
    await press('Start');
    (await wallet.prompt('eth_requestAccounts')).approve();
    (await wallet.prompt('eth_signTypedData_v4')).approve();
    await page.locator('#accepted').getByText('1 unit').waitFor();
    expect(await page.locator('#account').getAttribute('title')).toBe(chain.accounts[0]);
    await press('Stop');
    expect(complaints).toEqual([]);
    await visitor.close();
  },
);
