// A node that is not trusted: what it may answer, and what is made of it. Wallets at a real chain are in
// tests/coordinator/contract-wallet.e2e.test.ts.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askNode, reverted } from '#ledger/json-rpc.ts';
import { createWalletChain, openWalletChain } from '#ledger/wallet-chain.ts';

/** What it says to anything; null is silence. */
let said: unknown = null;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    if (said !== null) response.end(JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a-secret`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const away = { code: 'chain/unreachable', retryable: true };

test('silence ends with the time that is named', async () => {
  said = null;
  await expect(askNode({ url, answerMs: 20 }, 'eth_chainId', [])).rejects.toMatchObject(away);
});

test.each([
  ['nothing', ''],
  ['no object', 7],
  ['null', { result: undefined }],
  ['an error without a code', { error: {} }],
  ['a refusal', { error: { code: -32_000, message: 'header not found' } }],
])('%s is no answer', async (_, answer) => {
  said = answer;
  await expect(askNode({ url }, 'eth_call', [])).rejects.toMatchObject(away);
});

test.each([
  { code: 3, message: 'execution reverted: no' },
  { code: -32_000, message: 'out of gas' },
  { code: -32_603, message: 'EVM error OutOfGas' },
  { code: -32_015, message: 'VM execution error.' },
])('what ran and came to nothing is an answer: $message', async (error) => {
  said = { error };
  expect(await askNode({ url }, 'eth_call', [])).toBe(reverted);
});

test.each(['0x', '31337', -1, null, {}, `0x${'f'.repeat(14)}`, `0x${'f'.repeat(1000)}`])(
  'a chain of the number %s is none',
  async (result) => {
    said = { result };
    const chain = createWalletChain({ url, chainId: 1 });
    await expect(chain.checkId()).rejects.toMatchObject({
      code: expect.stringMatching(/^chain\/(unreachable|wrong-id)$/),
    });
    await expect(openWalletChain({ url })).rejects.toMatchObject(away);
  },
);

test.each(['', 'localhost:8545', 'ftp://node', 'ws://node', 'http://user:word@node'])(
  '%s is no address, and is not shown',
  (address) => {
    expect(() => createWalletChain({ url: address, chainId: 1 })).toThrow(
      expect.objectContaining({
        code: 'settings/invalid',
        message: expect.not.stringContaining('node"'),
      }),
    );
  },
);
