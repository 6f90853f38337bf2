// Wallets that are contracts at a coordinator that can ask their chain: deployed or not yet, they open
// sessions, are leased work and credited, and take bindings; what they did not sign is refused.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindingTypedData } from '#protocol/binding.ts';
import { concatBytes } from '#protocol/bytes.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import { limits } from '#protocol/limits.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import { type ChainNode, startChain } from '../wallet/chain-node.ts';
import { type ContractWallets, makeContractWallets } from '../wallet/contract-wallets.ts';
import { bind, codeOf, makeBinding, readAccount } from './account-lab.ts';
import { askSession, openSession, ordinary } from './contract-lab.ts';
import type { TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let chain: ChainNode;
let wallets: ContractWallets;
let site: TestSite;

beforeAll(async () => {
  chain = await startChain(31337);
  wallets = await makeContractWallets(chain);
  site = await startTestSite({ chainRpc: chain.url });
});

afterAll(async () => {
  await site?.close();
  await chain?.close();
});

const addWork = (word: string) =>
  site.submit(makeTexts(4).map((text, i) => embedLine(`${i}`, `${word} ${text}`)));

async function readReceipt(id: string): Promise<ReceiptPayload> {
  const { raw } = await site.get(`/v1/receipts/${id}`);
  const { payload } = decodeCbor(new Uint8Array(raw)) as { payload: Uint8Array };
  return decodeCbor(payload) as ReceiptPayload;
}

/** Leases a unit, and has another confirm it. @returns the receipt's id */
async function earn(who: TestContributor): Promise<ReceiptPayload> {
  const partner = await site.contributor();
  const { leases } = await who.turn();
  await partner.turn();
  const { verdicts } = await who.work({
    awaiting: leases.map(({ lease }) => lease),
    want: { units: 0, models: [], speed: 1e9 },
  });
  expect(verdicts).toMatchObject([{ state: 'accepted' }]);
  return readReceipt(verdicts[0].receipt as string);
}

describe('a wallet that is a contract', () => {
  test('opens a session, computes, and its receipt says how the chain told', async () => {
    const who = await site.stranger();
    const wallet = await wallets.deployed();
    const { account } = await openSession(who, wallet);
    expect(account).toBe(wallet.address);
    await addWork('w11');
    const { account: credited, walletCheck, walletSignature } = await earn(who);
    expect(credited).toBe(wallet.address);
    expect(walletCheck).toMatchObject({ kind: 'erc1271' });
    expect(walletSignature).toHaveLength(130);
    const { credit } = await readAccount(who);
    expect(credit.earned).toBeGreaterThan(0);
  });

  test('does so before it is deployed, and after that', async () => {
    const who = await site.stranger();
    const wallet = await wallets.counterfactual();
    await openSession(who, wallet);
    await addWork('w12');
    const { walletCheck } = await earn(who);
    expect(walletCheck).toMatchObject({ kind: 'erc6492' });
    await wallet.deploy();
    await who.changeKey();
    await openSession(who, wallet);
    await addWork('w13');
    await earn(who);
    const { sessions } = await readAccount(who);
    expect(sessions).toBe(2);
  });

  test('takes the credit of a device account, by its own signature', async () => {
    const device = await site.contributor();
    const wallet = await wallets.deployed();
    const made = await makeBinding(device, device.signer, { wallet: wallet.address });
    const walletSignature = await wallet.sign(bindingTypedData(made.binding));
    const account = wallet.address.toLowerCase();
    expect(await bind(device, { ...made, walletSignature })).toMatchObject({ boundTo: account });
  });

  test('shows nothing of it in the receipt of an ordinary account', async () => {
    const who = await site.contributor();
    await addWork('w14');
    expect(await earn(who)).not.toHaveProperty('walletCheck');
  });
});

describe('refused is', () => {
  const refusal = 'session/wallet-signature';

  test('what one owner alone signed, or both for another grant', async () => {
    const who = await site.stranger();
    const wallet = await wallets.deployed();
    const request = await askSession(who, wallet);
    const { walletSignature } = request;
    const half = walletSignature.slice(0, 65);
    for (const wrong of [half, concatBytes(half, half), new Uint8Array(0), new Uint8Array(130)]) {
      const spoiled = { ...request, walletSignature: wrong };
      expect(await codeOf(who.post('/v1/sessions', spoiled))).toBe(refusal);
    }
    const other = { ...(await askSession(who, wallet)), walletSignature };
    expect(await codeOf(who.post('/v1/sessions', other))).toBe(refusal);
    await who.post('/v1/sessions', request);
  });

  test('the word of a contract for another account, deployed or not', async () => {
    const who = await site.stranger();
    const [deployed, later] = [await wallets.deployed(), await wallets.counterfactual()];
    const ours = ordinary(who).address;
    for (const { sign } of [deployed, later]) {
      for (const address of [ours, (await wallets.counterfactual()).address]) {
        const request = await askSession(who, { address, sign });
        expect(await codeOf(who.post('/v1/sessions', request))).toBe(refusal);
      }
    }
  });

  test.each(['endless', 'reverting', 'nonsense'] as const)(
    'a contract that is %s',
    async (kind) => {
      const who = await site.stranger();
      const address = await wallets.odd(kind);
      const sign = async () => new Uint8Array(100);
      const request = await askSession(who, { address, sign });
      expect(await codeOf(who.post('/v1/sessions', request))).toBe(refusal);
    },
  );

  test('a wrapping that is broken, or wraps an ordinary signature', async () => {
    const who = await site.stranger();
    const wallet = await wallets.counterfactual();
    const request = await askSession(who, wallet);
    const magic = request.walletSignature.slice(-32);
    const bare = (await who.makeSessionRequest()).walletSignature;
    for (const wrong of [magic, concatBytes(new Uint8Array(64), magic), concatBytes(bare, magic)]) {
      const spoiled = { ...request, walletSignature: wrong };
      expect(await codeOf(who.post('/v1/sessions', spoiled))).toBe(refusal);
    }
  });

  test('a signature over its limit, which is named', async () => {
    const who = await site.stranger();
    const sign = async () => new Uint8Array(limits.walletSignatureBytesMax + 1);
    const request = await askSession(who, { ...(await wallets.deployed()), sign });
    await expect(who.post('/v1/sessions', request)).rejects.toMatchObject({
      error: {
        code: 'wire/malformed',
        message: expect.stringContaining('walletSignatureBytesMax'),
      },
    });
  });

  test('a wallet whose owners have changed, from then on', async () => {
    const who = await site.stranger();
    const wallet = await wallets.deployed();
    await openSession(who, wallet);
    await wallet.rotate();
    await who.changeKey();
    const late = await askSession(who, wallet);
    expect(await codeOf(who.post('/v1/sessions', late))).toBe(refusal);
  });
});
