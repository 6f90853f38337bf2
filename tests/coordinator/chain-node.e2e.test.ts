// The chain's node is not trusted, and may be away: what a coordinator says then, what it goes on doing,
// and that no stranger can make it ask without end.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '#protocol/limits.ts';
import { type ChainNode, startChain } from '../wallet/chain-node.ts';
import { type ContractWallets, makeContractWallets } from '../wallet/contract-wallets.ts';
import { startUnsteadyNode, type UnsteadyNode } from '../wallet/unsteady-node.ts';
import { codeOf } from './account-lab.ts';
import { askSession, openSession } from './contract-lab.ts';
import { startTestSite, type TestSite } from './test-site.ts';

let chain: ChainNode;
let otherChain: ChainNode;
let wallets: ContractWallets;
let node: UnsteadyNode;
/** Its node was away when it started. */
let site: TestSite;

beforeAll(async () => {
  chain = await startChain(31337);
  otherChain = await startChain(10);
  wallets = await makeContractWallets(chain);
  node = await startUnsteadyNode(chain.url);
  node.set('refusing');
  // Longer than any machine takes: some answers are held here.
  site = await startTestSite({ chainRpc: node.url, chainAnswerMs: 10 * 60_000 });
});

afterAll(async () => {
  await site?.close();
  await node?.close();
  await otherChain?.close();
  await chain?.close();
});

describe('without a node', () => {
  test('a contract is refused in words for its operator; ordinary accounts are not', async () => {
    const without = await startTestSite();
    const who = await without.stranger();
    const request = await askSession(who, await wallets.deployed());
    await expect(who.post('/v1/sessions', request)).rejects.toMatchObject({
      status: 400,
      error: {
        code: 'chain/not-set',
        retryable: false,
        metaMessages: [expect.stringContaining('--chain-rpc'), expect.anything()],
      },
    });
    const short = { ...request, walletSignature: request.walletSignature.slice(0, 65) };
    await expect(who.post('/v1/sessions', short)).rejects.toMatchObject({
      error: {
        code: 'session/wallet-signature',
        metaMessages: [expect.stringContaining('--chain-rpc')],
      },
    });
    await who.open();
    await without.close();
  });
});

describe('with a node', () => {
  test('of another chain it does not start', async () => {
    await expect(startTestSite({ chainRpc: otherChain.url })).rejects.toMatchObject({
      code: 'chain/wrong-id',
      shortMessage: 'The node is of chain 10, and the grants are of chain 31337.',
    });
  });

  const weathers = ['refusing', 'html', 'endless'] as const;
  test.each(weathers)(
    'that is %s it says so without the address, until it is back',
    async (bad) => {
      const [who, wallet] = [await site.stranger(), await wallets.deployed()];
      node.set(bad);
      const request = await askSession(who, wallet);
      const refused = await who.post('/v1/sessions', request).then(
        () => null,
        (thrown) => thrown,
      );
      expect(refused).toMatchObject({
        status: 503,
        error: { code: 'chain/unreachable', retryable: true },
      });
      expect(JSON.stringify(refused)).not.toMatch(/127\.0\.0\.1|a-secret-key/);
      await (await site.stranger()).open();
      node.set('fair');
      await who.post('/v1/sessions', request);
    },
  );

  test('that fails and comes back as another chain’s it asks nothing of it', async () => {
    const [who, wallet] = [await site.stranger(), await wallets.deployed()];
    await openSession(who, wallet);
    node.set('refusing');
    await who.changeKey();
    const request = await askSession(who, wallet);
    expect(await codeOf(who.post('/v1/sessions', request))).toBe('chain/unreachable');
    node.set('fair');
    node.lead(otherChain.url);
    node.calls.length = 0;
    expect(await codeOf(who.post('/v1/sessions', request))).toBe('chain/wrong-id');
    expect(node.calls).toEqual(['eth_chainId']);
    node.lead(chain.url);
    await who.post('/v1/sessions', request);
  });

  test('it asks a few at once, and refuses more until they are answered', async () => {
    const wallet = await wallets.deployed();
    const asked = await Promise.all(
      Array.from({ length: limits.chainQuestionsMax + 1 }, async () => {
        const who = await site.stranger();
        return { who, request: await askSession(who, wallet) };
      }),
    );
    node.set('holding');
    node.calls.length = 0;
    const [last, ...first] = asked;
    const opened = first.map(({ who, request }) => who.post('/v1/sessions', request));
    await expect.poll(() => node.calls.length).toBe(limits.chainQuestionsMax);
    const refused = last.who.post('/v1/sessions', last.request);
    await expect(refused).rejects.toMatchObject({
      status: 429,
      error: { code: 'chain/busy', retryable: true },
    });
    await (await site.stranger()).open();
    node.set('fair');
    await Promise.all(opened);
    await last.who.post('/v1/sessions', last.request);
  });

  test('one address makes it ask so often a minute; what a key signed costs nothing', async () => {
    const who = await site.stranger({ address: '10.9.9.9' });
    const wallet = await wallets.deployed();
    const request = await askSession(who, wallet);
    const spoiled = { ...request, walletSignature: new Uint8Array(130) };
    for (let i = 0; i < limits.chainQuestionsPerMinuteMax; i++) {
      expect(await codeOf(who.post('/v1/sessions', spoiled))).toBe('session/wallet-signature');
    }
    node.calls.length = 0;
    await expect(who.post('/v1/sessions', request)).rejects.toMatchObject({
      status: 429,
      error: { message: expect.stringContaining('chainQuestionsPerMinuteMax') },
    });
    await who.open();
    expect(node.calls).toEqual([]);
    site.clock.now += 60_000;
    await who.post('/v1/sessions', request);
  });
});
