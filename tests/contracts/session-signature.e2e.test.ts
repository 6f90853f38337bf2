// A tab's signature as a contract sees it: a real WebCrypto key, a grant signed as the page has it
// signed, by a plain account and by a smart wallet, and the verdict of the chain.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Abi, createTestClient, type Hex, http, publicActions, walletActions } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { grantTypedData } from '#protocol/grant.ts';
import type { Grant } from '#protocol/wire.ts';
import { createSessionKey, publicPoint, signWithSessionKey } from '#wallet/session-key.ts';
import { type ChainNode, startChain } from '../wallet/chain-node.ts';
import { readCompiled } from './artefact.ts';
import { root, runForge } from './forge.ts';

const chainId = 31_337;
const owner = privateKeyToAccount(generatePrivateKey());
const payload = utf8('a result');
let folder: string;
let chain: ChainNode;
let judge: { address: Hex; abi: Abi };

const hex = (bytes: Uint8Array): Hex => `0x${toHex(bytes)}`;
const open = () =>
  createTestClient({ mode: 'anvil', transport: http(chain.url) })
    .extend(publicActions)
    .extend(walletActions);

async function deploy(contract: string, file: string, args: unknown[] = []) {
  const { abi, bytecode } = readCompiled(contract, { folder, file });
  const client = open();
  const from = chain.accounts[0] as Hex;
  const hash = await client.deployContract({
    abi: abi as Abi,
    bytecode: bytecode.object,
    args,
    account: from,
    chain: null,
  });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash });
  return { address: contractAddress!, abi: abi as Abi };
}

beforeAll(async () => {
  mkdirSync(path.join(root, 'build'), { recursive: true });
  folder = mkdtempSync(path.join(root, 'build/session-signature-'));
  const where = ['--out', folder, '--cache-path', path.join(folder, 'cache')];
  runForge(['build', 'contracts/SessionSignature.sol', 'contracts/test/Wallets.sol', ...where]);
  chain = await startChain(chainId);
  judge = await deploy('SessionSignature', 'SessionSignature.sol');
});

afterAll(async () => {
  await chain?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A grant to a new key, signed by `owner` for `account`, and the key's word on the payload. */
async function makeCase(account: Hex = owner.address) {
  const key = await createSessionKey();
  const grant: Grant = {
    account,
    coordinator: 'https://idlewild.example',
    sessionKey: await publicPoint(key),
    chainId,
    nonce: crypto.getRandomValues(new Uint8Array(32)),
    expiresAt: 4_000_000_000,
    consentVersion: 1,
  };
  const typed = grantTypedData(grant) as unknown as Parameters<typeof owner.signTypedData>[0];
  const accountSignature = await owner.signTypedData(typed);
  return { grant, accountSignature, keySignature: await signWithSessionKey(key, payload) };
}

type Case = Awaited<ReturnType<typeof makeCase>>;

async function holds({ grant, accountSignature, keySignature }: Case, said = payload) {
  const { chainId: _, ...rest } = grant;
  const onChain = {
    ...rest,
    sessionKey: hex(grant.sessionKey),
    nonce: hex(grant.nonce),
    expiresAt: BigInt(grant.expiresAt),
  };
  const args = [onChain, accountSignature, hex(said), hex(keySignature)];
  return open().readContract({ ...judge, functionName: 'holds', args });
}

test("a plain account's grant and its key's signature hold", async () => {
  // Many keys: half of all signatures come out with a high s, which the page turns low.
  for (let i = 0; i < 4; i++) expect(await holds(await makeCase())).toBe(true);
});

test("a smart wallet's grant holds until it denies it", async () => {
  const wallet = await deploy('FickleWallet', 'Wallets.sol', [owner.address]);
  const made = await makeCase(wallet.address);
  expect(await holds(made)).toBe(true);
  const client = open();
  const from = chain.accounts[0] as Hex;
  const call = { ...wallet, functionName: 'deny', account: from, chain: null } as const;
  await client.waitForTransactionReceipt({ hash: await client.writeContract(call) });
  expect(await holds(made)).toBe(false);
});

test('whatever was changed after signing does not hold', async () => {
  const made = await makeCase();
  const other = await makeCase();
  const { grant } = made;
  expect(await holds(made, utf8('another result'))).toBe(false);
  expect(await holds({ ...made, keySignature: other.keySignature })).toBe(false);
  expect(await holds({ ...made, accountSignature: other.accountSignature })).toBe(false);
  const changes: Partial<Grant>[] = [
    { account: chain.accounts[1] as Hex },
    { coordinator: 'https://other.example' },
    { sessionKey: other.grant.sessionKey },
    { nonce: other.grant.nonce },
    { expiresAt: grant.expiresAt + 1 },
    { consentVersion: 2 },
  ];
  for (const change of changes) {
    expect(
      await holds({ ...made, grant: { ...grant, ...change } }),
      toHex(utf8(JSON.stringify(change))),
    ).toBe(false);
  }
});

test('a key or a signature of the wrong shape is refused, not thrown at', async () => {
  const made = await makeCase();
  const { grant, keySignature } = made;
  for (const sessionKey of [new Uint8Array(), grant.sessionKey.slice(0, 64), new Uint8Array(65)]) {
    expect(await holds({ ...made, grant: { ...grant, sessionKey } })).toBe(false);
  }
  expect(await holds({ ...made, keySignature: keySignature.slice(0, 63) })).toBe(false);
  expect(await holds({ ...made, keySignature: new Uint8Array(64) })).toBe(false);
});
