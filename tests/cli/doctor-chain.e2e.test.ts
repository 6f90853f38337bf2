// The doctor's look at a chain's node: a real one, of the chain that is set or of another.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkChain } from '#cli/doctor-chain.ts';
import { readSettings } from '#cli/read-settings.ts';
import { type ChainNode, startChain } from '../wallet/chain-node.ts';

let chain: ChainNode;
beforeAll(async () => {
  chain = await startChain(10);
});
afterAll(() => chain?.close());

const check = async (flags: object) =>
  checkChain(await readSettings({ flags: { ...flags }, environment: {}, folder: '/' }));

test('without a node says who is refused, and that nothing is wrong', async () => {
  expect(await check({})).toEqual([
    { name: 'chain', state: 'ok', words: expect.stringContaining('contracts are refused') },
  ]);
});

test('finds the node of the chain that is set', async () => {
  expect(await check({ chainId: '10', chainRpc: chain.url })).toMatchObject([
    { state: 'ok', words: 'the node is of chain 10' },
  ]);
});

test('fails with a node of another chain, and says which', async () => {
  const [finding] = await check({ chainRpc: chain.url });
  expect(finding).toMatchObject({ state: 'fail', todo: expect.stringContaining('--chain-id') });
  expect(finding.words).toContain('chain 10');
  expect(JSON.stringify(finding)).not.toContain(chain.url);
});

test('warns of a node that is away, and fails with what is no address', async () => {
  expect(await check({ chainRpc: 'http://127.0.0.1:9' })).toMatchObject([{ state: 'warn' }]);
  expect(await check({ chainRpc: 'nowhere' })).toMatchObject([{ state: 'fail' }]);
});
