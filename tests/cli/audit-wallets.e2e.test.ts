// `idlewild audit` of receipts whose account is a wallet that is a contract: asked at its chain, as of the
// block that the receipt names; without a chain counted apart, and nothing claimed for them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditOptions, runAudit } from '#cli/audit.ts';
import { createReceiptVerifier } from '#ledger/verify-receipt.ts';
import { createWalletChain, type WalletChain } from '#ledger/wallet-chain.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { grantTypedData } from '#protocol/grant.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import { openSession } from '../coordinator/contract-lab.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { makePayload, makeSessionKey } from '../ledger/receipt-lab.ts';
import { type ChainNode, startChain } from '../wallet/chain-node.ts';
import { type ContractWallets, makeContractWallets } from '../wallet/contract-wallets.ts';

let chain: ChainNode;
let otherChain: ChainNode;
let wallets: ContractWallets;
let walletChain: WalletChain;
let site: TestSite;

beforeAll(async () => {
  chain = await startChain(31337);
  otherChain = await startChain(10);
  walletChain = createWalletChain({ url: chain.url, chainId: 31337 });
  wallets = await makeContractWallets(chain);
  site = await startTestSite({ chainRpc: chain.url });
  const [deployed, later] = [await wallets.deployed(), await wallets.counterfactual()];
  const [one, two] = [await site.stranger(), await site.stranger()];
  await openSession(one, deployed);
  await openSession(two, later);
  const lines = makeTexts(4).map((text, i) => embedLine(`${i}`, `w31 ${text}`));
  await site.submit(lines, site.apiKey, { x_open: true });
  await one.turn();
  await two.turn();
  const ordinary = [await site.contributor(), await site.contributor()];
  const more = makeTexts(4).map((text, i) => embedLine(`${i}`, `w32 ${text}`));
  await site.submit(more, site.apiKey, { x_open: true });
  for (const who of ordinary) await who.turn();
  await site.coordinator.settle();
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  // Its owners have changed since: what it signed then was signed all the same.
  await deployed.rotate();
});

afterAll(async () => {
  await site?.close();
  await otherChain?.close();
  await chain?.close();
});

const audit = (options: Partial<AuditOptions> = {}) =>
  runAudit({ coordinator: site.coordinator.origin(), recompute: 0, ...options });

test('with a node of their chain each is asked there', async () => {
  const report = await audit({ chainRpc: chain.url });
  expect(report).toMatchObject({
    honest: true,
    receipts: { open: 4 },
    contractWallets: { checked: 2, unchecked: 0 },
  });
  expect(report.verdict).toContain('2 of wallets that are contracts, asked at their chain');
  expect(report.verdict).not.toContain('not checked');
});

test('without one, or with one of another chain, they are counted apart', async () => {
  for (const options of [{}, { chainRpc: otherChain.url }]) {
    const report = await audit(options);
    expect(report).toMatchObject({
      honest: true,
      contractWallets: { checked: 0, unchecked: 2 },
    });
    expect(report.verdict).toContain(
      '2 of wallets that are contracts, whose signature was not checked',
    );
  }
});

test('a node that is not there is no verdict', async () => {
  const chainRpc = 'http://127.0.0.1:9';
  await expect(audit({ chainRpc })).rejects.toMatchObject({ code: 'chain/unreachable' });
});

/** A receipt of that account, whose grant is signed by `sign`. */
async function makeReceipt(
  account: string,
  sign: (data: object) => Promise<Uint8Array>,
  walletCheck: ReceiptPayload['walletCheck'],
) {
  const made = await makePayload({ sessionKey: await makeSessionKey() });
  const grant = { ...made.grant, account };
  const walletSignature = await sign(grantTypedData(grant));
  const payload = { ...made, account, grant, walletSignature };
  return encodeCbor(walletCheck ? { ...payload, walletCheck } : payload);
}

test('what a coordinator invents of a contract is found at the chain, and only there', async () => {
  const { address, sign } = await wallets.deployed();
  const block = Number(await chain.request('eth_blockNumber'));
  const check = { kind: 'erc1271', block } as const;
  const nonsense = async () => new Uint8Array(130).fill(7);
  const [offline, online] = [createReceiptVerifier(), createReceiptVerifier(walletChain)];
  const honest = await makeReceipt(address, sign, check);
  expect(await offline.verifyPayload(honest)).toMatchObject({ wallet: 'unchecked' });
  expect(await online.verifyPayload(honest)).toMatchObject({ wallet: 'chain' });
  const refused = { code: 'receipt/wallet-signature' };
  const lies = [
    await makeReceipt(address, nonsense, check),
    await makeReceipt(`0x${'12'.repeat(20)}`, sign, check),
    await makeReceipt(address, sign, { kind: 'erc6492', block }),
    // Before it was there.
    await makeReceipt(address, sign, { kind: 'erc1271', block: 0 }),
  ];
  for (const lie of lies) await expect(online.verifyPayload(lie)).rejects.toMatchObject(refused);
  const unclaimed = await makeReceipt(address, sign, undefined);
  await expect(offline.verifyPayload(unclaimed)).rejects.toMatchObject(refused);
  const odd = await makeReceipt(address, sign, { kind: 'safe' as never, block });
  await expect(offline.verifyPayload(odd)).rejects.toMatchObject(refused);
});

test('a block that the node does not know is asked for now, and denies nothing', async () => {
  const wallet = await wallets.deployed();
  const check = { kind: 'erc1271', block: 1e9 } as const;
  const receipt = await makeReceipt(wallet.address, wallet.sign, check);
  const verifier = createReceiptVerifier(walletChain);
  expect(await verifier.verifyPayload(receipt)).toMatchObject({ wallet: 'chain' });
  const late = await makeReceipt(wallet.address, wallet.sign, check);
  await wallet.rotate();
  expect(await verifier.verifyPayload(late)).toMatchObject({ wallet: 'unchecked' });
});
