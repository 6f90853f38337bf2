// Grants signed by wallets and by device keys, checked by viem as the coordinator would.
import { verifyTypedData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import { grantTypedData } from '#protocol/grant.ts';
import { limits } from '#protocol/limits.ts';
import type { Grant } from '#protocol/wire.ts';
import { deviceSigner, type KeyStore } from '#wallet/device-signer.ts';
import type { Provider } from '#wallet/provider.ts';
import type { GrantSigner } from '#wallet/signer.ts';
import { parseSignature, walletSigner } from '#wallet/wallet-signer.ts';

const account = privateKeyToAccount(`0x${'11'.repeat(32)}`);

function makeGrant(address: string): Grant {
  return {
    account: address,
    sessionKey: new Uint8Array(65).fill(4),
    coordinator: 'https://idlewild.example',
    chainId: 31337,
    nonce: new Uint8Array(32).fill(5),
    expiresAt: 4_000_000_000,
    consentVersion: 1,
  };
}

async function isSignedBy(signer: GrantSigner): Promise<boolean> {
  const address = await signer.address();
  const grant = makeGrant(address);
  const signature = toHex(await signer.signGrant(grant));
  const typed = grantTypedData(grant) as unknown as Parameters<typeof verifyTypedData>[0];
  return verifyTypedData({
    ...typed,
    address: address as `0x${string}`,
    signature: `0x${signature}`,
  });
}

/** A wallet on one chain, which may know the grant's. */
function provider({ chains, ending = '' }: { chains: string[]; ending?: string }): Provider {
  let chain = '0x1';
  return {
    async request({ method, params = [] }) {
      if (method === 'eth_requestAccounts') return [account.address];
      if (method === 'eth_chainId') return chain;
      if (method === 'wallet_switchEthereumChain') {
        const [{ chainId }] = params as [{ chainId: string }];
        if (!chains.includes(chainId)) throw Object.assign(new Error('Unknown.'), { code: 4902 });
        chain = chainId;
        return null;
      }
      if (ending === 'refused') throw Object.assign(new Error('No.'), { code: 4001 });
      const signature = await account.signTypedData(JSON.parse(String(params[1])));
      return ending ? signature.slice(0, -2) + ending : signature;
    },
  };
}

test('a wallet signs the grant on its chain', async () => {
  expect(await isSignedBy(walletSigner(provider({ chains: ['0x7a69'] })))).toBe(true);
});

test('a device key is made once, kept, and signs the same grant', async () => {
  const kept = new Map<string, unknown>();
  const store: KeyStore = {
    get: async (key) => kept.get(key),
    set: async (key, value) => void kept.set(key, value),
  };
  expect(await isSignedBy(deviceSigner(store))).toBe(true);
  const address = await deviceSigner(store).address();
  expect(await deviceSigner(store).address()).toBe(address);
  expect(kept.size).toBe(1);
});

test('v of 0 and 1 becomes 27 and 28', () => {
  const body = 'ab'.repeat(64);
  for (const [written, meant] of [
    ['00', 27],
    ['01', 28],
    ['1b', 27],
    ['1c', 28],
  ] as const) {
    expect(parseSignature(`0x${body}${written}`)[64]).toBe(meant);
  }
});

test('a contract’s signature passes as it is, whatever its length and form', () => {
  const approved = `${'00'.repeat(12)}${'ab'.repeat(20)}${'00'.repeat(32)}01`;
  const longest = 'cd'.repeat(limits.walletSignatureBytesMax);
  for (const body of ['', 'ab'.repeat(130), `${'ab'.repeat(64)}1f`, approved, longest]) {
    expect(toHex(parseSignature(`0x${body}`))).toBe(body);
  }
});

test.each([
  null,
  7,
  '',
  'ab',
  '0xabc',
  '0xzz',
  `0x${'ab'.repeat(limits.walletSignatureBytesMax + 1)}`,
])('%s is no signature', (answer) => {
  expect(() => parseSignature(answer)).toThrow(
    expect.objectContaining({ code: 'wallet/unsupported-signature' }),
  );
});

test.each([
  ['a chain it does not know', { chains: [] }, 'wallet/wrong-chain'],
  ['a refusal', { chains: ['0x7a69'], ending: 'refused' }, 'wallet/refused'],
  ['half a byte', { chains: ['0x7a69'], ending: 'fff' }, 'wallet/unsupported-signature'],
])('%s is said with a code', async (_name, options, code) => {
  const signer = walletSigner(provider(options));
  const grant = makeGrant(await signer.address());
  await expect(signer.signGrant(grant)).rejects.toMatchObject({ code });
});

test.each([
  ['a question that is still open', { code: -32002, message: 'Already pending.' }, 'wallet/busy'],
  ['an error of its own', new Error('Broken.'), 'wallet/failed'],
  ['no error at all', 'nope', 'wallet/failed'],
  ['nothing', undefined, 'wallet/failed'],
])('a wallet that fails with %s is said', async (_name, thrown, code) => {
  const signer = walletSigner({ request: () => Promise.reject(thrown) });
  await expect(signer.address()).rejects.toMatchObject({ code });
});

test('a wallet without an account is said', async () => {
  const signer = walletSigner({ request: async () => [] });
  await expect(signer.address()).rejects.toMatchObject({ code: 'wallet/no-account' });
});

test('an account that the wallet does not show any more is told from other failures', async () => {
  const failing = (method: string, code: number): Provider => ({
    request: (call) => {
      // Not every wallet's answer is a promise.
      if (call.method === method) throw Object.assign(new Error('Gone.'), { code });
      return provider({ chains: [] }).request(call);
    },
  });
  const grant = { ...makeGrant(account.address), chainId: 1 };
  const codeOf = async (wallet: Provider) => {
    const signer = walletSigner(wallet);
    const signing = signer.address().then(() => signer.signGrant(grant));
    return signing.then(
      () => 'none',
      ({ code }: { code: string }) => code,
    );
  };
  expect(await codeOf(failing('eth_signTypedData_v4', 4100))).toBe('wallet/other-account');
  expect(await codeOf(failing('eth_requestAccounts', 4100))).toBe('wallet/failed');
  expect(await codeOf(failing('eth_requestAccounts', -32002))).toBe('wallet/busy');
  expect(await codeOf(failing('eth_signTypedData_v4', 4001))).toBe('wallet/refused');
});
