// Postings that balance, and receipts that a stranger can check and nobody can bend.
import { webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { assertBalanced, sumPostings } from '#ledger/postings.ts';
import { createReceiptSigner, makeReceiptKey, receiptPublicKey } from '#ledger/receipt-key.ts';
import { openSessionKey, verifySessionSignature } from '#ledger/session-signature.ts';
import { verifyReceipt } from '#ledger/verify-receipt.ts';
import { utf8 } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { hasLowS } from '#protocol/low-s.ts';
import { firstRate, priceOf } from '#protocol/price.ts';
import { encodeReceipt, type Receipt, type ReceiptPayload } from '#protocol/receipt.ts';
import type { PlacedResult } from '#protocol/wire.ts';
import { type SessionKey, signLow } from '../coordinator/test-contributor.ts';
import { digest, makeGrant, makePayload, makeSessionKey } from './receipt-lab.ts';

describe('postings', () => {
  test('balance for any cost, and credit is a million multiply-adds, rounded up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (cost) => {
        const credit = priceOf(cost, firstRate);
        expect(credit * 1e6).toBeGreaterThanOrEqual(cost);
        expect((credit - 1) * 1e6).toBeLessThan(cost);
        const move = { payer: 'project:p:spent', account: '0xA', credit };
        expect(sumPostings([move])).toEqual([
          { account: 'contributor:0xa:earned', amount: BigInt(credit) },
          { account: 'project:p:spent', amount: -BigInt(credit) },
        ]);
      }),
    );
  });

  test('of many receipts are summed by account, and nothing is posted for nothing', () => {
    const move = (account: string, credit: number, payer = 'project:p:spent') => ({
      payer,
      account,
      credit,
    });
    expect(
      sumPostings([move('0x1', 2), move('0x2', 0), move('0x1', 3), move('0x3', 1, 'b')]),
    ).toEqual([
      { account: 'b', amount: -1n },
      { account: 'contributor:0x1:earned', amount: 5n },
      { account: 'contributor:0x3:earned', amount: 1n },
      { account: 'project:p:spent', amount: -5n },
    ]);
    expect(sumPostings([move('0x1', 0)])).toEqual([]);
    expect(sumPostings([])).toEqual([]);
    expect(() => sumPostings([move('0x1', -1)])).toThrow('never negative');
  });

  test('that do not are a mistake', () => {
    expect(() => assertBalanced([{ account: 'a', amount: 1n }])).toThrow('two sides');
    expect(() =>
      assertBalanced([
        { account: 'a', amount: 1n },
        { account: 'b', amount: -2n },
      ]),
    ).toThrow('sums to zero');
  });
});

const pem = makeReceiptKey();
const sign = createReceiptSigner(pem);
let sessionKey: SessionKey;
let good: ReceiptPayload;

function signReceipt(payload: ReceiptPayload): Receipt {
  const { id, bytes } = encodeReceipt(payload);
  return { id, payload: bytes, signature: sign(bytes) };
}

beforeAll(async () => {
  sessionKey = await makeSessionKey();
  good = await makePayload({ sessionKey });
});

describe('a receipt', () => {
  const check = (payload: ReceiptPayload) =>
    verifyReceipt(signReceipt(payload), receiptPublicKey(pem));

  test('holds from the wallet to the credit', async () => {
    const { payload, result } = await check(good);
    expect(payload).toEqual(good);
    expect(result).toMatchObject({ kind: 'result', lease: 'l' });
  });

  test('that is voided moves nothing', async () => {
    const { payload } = await check({ ...good, kind: 'voided', credit: 0, batch: null });
    expect(payload).toMatchObject({ kind: 'voided', credit: 0, batch: null });
  });

  test('that names a rate credits by it; one of before there were rates by the first', async () => {
    expect(good.rate).toBeUndefined();
    const paid = { ...good, rate: 2_000, credit: 3 };
    expect((await check(paid)).payload).toEqual(paid);
    for (const change of [{ credit: 2 }, { rate: 1_000 }]) {
      await expect(check({ ...paid, ...change })).rejects.toThrow('`credit`');
    }
    await expect(check({ ...paid, rate: 0 })).rejects.toMatchObject({ code: 'receipt/malformed' });
  });

  test('of another coordinator, or changed after it was signed', async () => {
    const receipt = signReceipt(good);
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
    ['kind', { kind: 'paid' as never }],
    ['credit', { kind: 'voided' as const }],
    ['credit', { credit: 0 }],
  ])('whose coordinator lies about the %s', async (field, change) => {
    await expect(check({ ...good, ...change })).rejects.toMatchObject({
      code: 'receipt/inconsistent',
      message: expect.stringContaining(`\`${field}\``),
    });
  });

  test('whose result another key signed, or whose grant another wallet', async () => {
    const result = good.result as PlacedResult;
    const signature = result.call.signature.slice();
    signature[3] ^= 1;
    const spoilt: Partial<PlacedResult>[] = [
      { call: { ...result.call, signature } },
      { index: 0 },
      { path: [] },
      { path: [...result.path].reverse() },
    ];
    for (const change of spoilt) {
      await expect(check({ ...good, result: { ...result, ...change } })).rejects.toMatchObject({
        code: 'receipt/result-signature',
      });
    }
    const { walletSignature } = await makeGrant(sessionKey);
    await expect(check({ ...good, walletSignature })).rejects.toMatchObject({
      code: 'receipt/wallet-signature',
    });
    await expect(check({ ...good, account: `0x${'1'.repeat(40)}` })).rejects.toMatchObject({
      code: 'receipt/wallet-signature',
    });
    const nothing = { ...result, payload: utf8('x') };
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
