// Session keys: signatures that every verifier takes, and a private half that cannot leave.
import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromHex, toHex, utf8 } from '#protocol/bytes.ts';
import { createSessionKey, lowS, publicPoint, signWithSessionKey } from '#wallet/session-key.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { serveHarness } from '../worker/serve-harness.ts';

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const sOf = (signature: Uint8Array) => BigInt(`0x${toHex(signature.subarray(32))}`);

/** SubjectPublicKeyInfo of an uncompressed P-256 point (RFC 5480). */
function toKey(point: Uint8Array) {
  const head = fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200');
  const der = Buffer.concat([head, point]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

function isValid(point: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = { key: toKey(point), dsaEncoding: 'ieee-p1363' } as const;
  return verify('sha256', message, key, signature);
}

test('every signature has a low s and verifies', async () => {
  const key = await createSessionKey();
  const point = await publicPoint(key);
  for (let i = 0; i < 64; i++) {
    const message = utf8(`message ${i}`);
    const signature = await signWithSessionKey(key, message);
    expect(sOf(signature) <= order / 2n).toBe(true);
    expect(isValid(point, message, signature)).toBe(true);
  }
});

test('lowS keeps r, keeps a low s, and turns a high one over', () => {
  fc.assert(
    fc.property(
      fc.bigInt(1n, order - 1n),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (s, r) => {
        const signature = fromHex(toHex(r) + s.toString(16).padStart(64, '0'));
        const low = lowS(signature);
        expect(sOf(low)).toBe(s <= order / 2n ? s : order - s);
        expect(low.subarray(0, 32)).toEqual(new Uint8Array(r));
      },
    ),
  );
});

let browser: Browser;
let server: Awaited<ReturnType<typeof serveHarness>>;

beforeAll(async () => {
  server = await serveHarness(() => Promise.resolve(new Response('')));
  browser = await launchPatiently({ webgpu: false });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

test('a key in IndexedDB outlives its page, signs, and cannot be exported', async () => {
  const page = await browser.newPage();
  const open = async () => {
    await page.goto(`${server.origin}/harness`);
    await page.waitForFunction('globalThis.harness');
  };
  await open();
  const point = await page.evaluate('harness.lab.makeKey()');
  await open();
  const used = (await page.evaluate(`harness.lab.useKey('again')`)) as {
    point: string;
    extractable: boolean;
    exported: boolean;
    signature: string;
  };
  expect(used).toMatchObject({ point, extractable: false, exported: false });
  const signature = fromHex(used.signature);
  expect(sOf(signature) <= order / 2n).toBe(true);
  expect(isValid(fromHex(used.point), utf8('again'), signature)).toBe(true);
});
