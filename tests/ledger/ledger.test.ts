// Postings that balance, and receipts that a stranger can check and nobody can bend.
import { createPrivateKey, webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { beforeAll, describe, expect, test } from 'vitest';
import { assertBalanced, creditForCost, creditPostings } from '#ledger/postings.ts';
import { makeReceiptKey, receiptPublicKey, signReceipt } from '#ledger/receipt-key.ts';
import { hasLowS, openSessionKey, verifySessionSignature } from '#ledger/session-signature.ts';
import { verifyReceipt } from '#ledger/verify-receipt.ts';
import { fromHex, utf8 } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { grantTypedData } from '#protocol/grant.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import type { Grant, ResultPayload } from '#protocol/wire.ts';
import { type SessionKey, signLow } from '../coordinator/test-contributor.ts';

describe('postings', () => {
  test('balance for any cost, and credit is a million multiply-adds, rounded up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (cost) => {
        const credit = creditForCost(cost);
        expect(credit * 1e6).toBeGreaterThanOrEqual(cost);
        expect((credit - 1) * 1e6).toBeLessThan(cost);
        const sum = creditPostings('p', '0x1', credit).reduce(
          (all, { amount }) => all + amount,
          0n,
        );
        expect(sum).toBe(0n);
      }),
    );
  });

  test('that do not are a mistake', () => {
    expect(() => assertBalanced([{ account: 'a', amount: 1n }])).toThrow('two sides');
    expect(() =>
      assertBalanced([
        { account: 'a', amount: 1n },
        { account: 'b', amount: -2n },
      ]),
    ).toThrow('sums to zero');
    expect(() => creditForCost(0)).toThrow('positive integer');
  });
});

const pem = makeReceiptKey();
const key = createPrivateKey(pem);
let sessionKey: SessionKey;
let good: ReceiptPayload;

const digest = (fill: number) => new Uint8Array(32).fill(fill);

async function makeGrant(privateKey = generatePrivateKey(), point?: Uint8Array) {
  const account = privateKeyToAccount(privateKey);
  const grant: Grant = {
    account: account.address,
    sessionKey:
      point ?? new Uint8Array(await webcrypto.subtle.exportKey('raw', sessionKey.publicKey)),
    coordinator: 'http://localhost',
    chainId: 31337,
    nonce: digest(9),
    expiresAt: 2_000_000_000,
    consentVersion: 1,
  };
  const signature = await account.signTypedData(grantTypedData(grant) as never);
  return { grant, walletSignature: fromHex(signature.slice(2)) };
}

async function makePayload(change: Partial<ResultPayload> = {}): Promise<ReceiptPayload> {
  const result: ResultPayload = {
    kind: 'result',
    wire: 1,
    arithmetic: 'idlewild-exact/1',
    session: 's',
    counter: 1,
    lease: 'l',
    unit: digest(1),
    model: digest(2),
    digest: digest(3),
    rows: 4,
    backend: 'wasm',
    elapsedMs: 5,
    ...change,
  };
  const payload = encodeCbor({ ...result });
  const { grant, walletSignature } = await makeGrant();
  return {
    kind: 'credited',
    wire: 1,
    arithmetic: 'idlewild-exact/1',
    sequence: 0,
    batch: 'b',
    unit: digest(1),
    model: digest(2),
    digest: digest(3),
    account: grant.account,
    cost: 1_500_000,
    credit: 2,
    code: 'verdict/confirmed',
    confirmedBy: ['coordinator'],
    grant,
    walletSignature,
    result: { payload, signature: await signLow(sessionKey, payload) },
  };
}

beforeAll(async () => {
  sessionKey = (await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])) as SessionKey;
  good = await makePayload();
});

describe('a receipt', () => {
  const check = (payload: ReceiptPayload) =>
    verifyReceipt(signReceipt(payload, key), receiptPublicKey(pem));

  test('holds from the wallet to the credit', async () => {
    const { payload, result } = await check(good);
    expect(payload).toEqual(good);
    expect(result).toMatchObject({ kind: 'result', lease: 'l' });
  });

  test('of another coordinator, or changed after it was signed', async () => {
    const receipt = signReceipt(good, key);
    await expect(verifyReceipt(receipt, receiptPublicKey(makeReceiptKey()))).rejects.toMatchObject({
      code: 'receipt/coordinator-signature',
    });
    const payload = encodeCbor({ ...good, credit: 3 });
    await expect(
      verifyReceipt({ ...receipt, payload }, receiptPublicKey(pem)),
    ).rejects.toMatchObject({
      code: 'receipt/coordinator-signature',
    });
    await expect(
      verifyReceipt({ ...receipt, id: '00' }, receiptPublicKey(pem)),
    ).rejects.toMatchObject({ code: 'receipt/inconsistent' });
  });

  test.each([
    ['credit', { credit: 3 }],
    ['unit', { unit: digest(7) }],
    ['digest', { digest: digest(7) }],
    ['model', { model: digest(7) }],
    ['arithmetic', { arithmetic: 'x/1' }],
    ['kind', { kind: 'voided' as const }],
  ])('whose coordinator lies about the %s', async (field, change) => {
    await expect(check({ ...good, ...change })).rejects.toMatchObject({
      code: 'receipt/inconsistent',
      message: expect.stringContaining(`\`${field}\``),
    });
  });

  test('whose result another key signed, or whose grant another wallet', async () => {
    const signature = good.result.signature.slice();
    signature[3] ^= 1;
    await expect(check({ ...good, result: { ...good.result, signature } })).rejects.toMatchObject({
      code: 'receipt/result-signature',
    });
    const { walletSignature } = await makeGrant();
    await expect(check({ ...good, walletSignature })).rejects.toMatchObject({
      code: 'receipt/wallet-signature',
    });
    await expect(check({ ...good, account: `0x${'1'.repeat(40)}` })).rejects.toMatchObject({
      code: 'receipt/wallet-signature',
    });
    const nothing = { payload: utf8('x'), signature: good.result.signature };
    await expect(check({ ...good, result: nothing })).rejects.toMatchObject({
      code: 'receipt/malformed',
    });
  });
});

describe('session signatures', () => {
  test('count with a low s alone', async () => {
    const point = new Uint8Array(await webcrypto.subtle.exportKey('raw', sessionKey.publicKey));
    const opened = openSessionKey(point);
    const message = utf8('a message');
    const low = await signLow(sessionKey, message);
    const high = await signLow(sessionKey, message, 'high');
    expect([hasLowS(low), hasLowS(high)]).toEqual([true, false]);
    expect(verifySessionSignature(message, low, opened)).toBe(true);
    expect(verifySessionSignature(message, high, opened)).toBe(false);
    expect(verifySessionSignature(utf8('another'), low, opened)).toBe(false);
    expect(verifySessionSignature(message, low.subarray(1), opened)).toBe(false);
  });

  test('need a point on the curve', () => {
    expect(() => openSessionKey(new Uint8Array(65).fill(4))).toThrow(/P-256 point/);
    expect(() => openSessionKey(new Uint8Array(33))).toThrow(/P-256 point/);
  });
});
