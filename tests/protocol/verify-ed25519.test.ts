// Ed25519 of our own against the RFC's vectors and Node's, and as the fallback of a browser that has
// none.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { fromHex } from '#protocol/bytes.ts';
import { verifyByWebCrypto } from '#protocol/signed-note-webcrypto.ts';
import { verifyEd25519 } from '#protocol/verify-ed25519.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** RFC 8032, section 7.1: tests 1 to 3. */
test.each([
  [
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
])('the RFC’s signature of %s holds', async (publicKey, message, signature) => {
  const claim = { publicKey: fromHex(publicKey), message: fromHex(message) };
  expect(await verifyEd25519({ ...claim, signature: fromHex(signature) })).toBe(true);
});

function randomClaim(length: number) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const message = new Uint8Array(randomBytes(length));
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const signature = new Uint8Array(sign(null, message, privateKey));
  return { publicKey: new Uint8Array(raw), message, signature };
}

const flipped = (bytes: Uint8Array, at: number) =>
  Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte));

test('it says what WebCrypto says, of what is signed and of what was changed', async () => {
  for (let length = 1; length < 6; length++) {
    const claim = randomClaim(length * 40);
    const changed = [
      claim,
      { ...claim, message: flipped(claim.message, length) },
      { ...claim, signature: flipped(claim.signature, 7 * length) },
      { ...claim, signature: flipped(claim.signature, 32 + length) },
      { ...claim, publicKey: flipped(claim.publicKey, length) },
    ];
    const [ours, theirs] = [[] as boolean[], [] as boolean[]];
    for (const one of changed) {
      ours.push(await verifyEd25519(one));
      theirs.push((await verifyByWebCrypto(one)) === 'valid');
    }
    expect(ours).toEqual([true, false, false, false, false]);
    expect(theirs).toEqual(ours);
  }
});

test('a second s for the same signature, or a broken point, is no signature', async () => {
  const claim = randomClaim(3);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = order;
  for (const [index, byte] of claim.signature.subarray(32).entries()) {
    s += BigInt(byte) << BigInt(8 * index);
  }
  const signature = Uint8Array.from(claim.signature);
  for (let at = 32; at < 64; at++, s >>= 8n) signature[at] = Number(s & 255n);
  expect(await verifyEd25519({ ...claim, signature })).toBe(false);
  const publicKey = new Uint8Array(32).fill(255);
  expect(await verifyEd25519({ ...claim, publicKey })).toBe(false);
  expect(await verifyEd25519({ ...claim, publicKey: publicKey.slice(1) })).toBe(false);
});

test('a browser without Ed25519 judges all the same', async () => {
  const missing = new DOMException('Algorithm: Unrecognized name', 'NotSupportedError');
  vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(missing);
  const claim = randomClaim(100);
  expect(await verifyByWebCrypto(claim)).toBe('valid');
  expect(await verifyByWebCrypto({ ...claim, message: new Uint8Array() })).toBe('invalid');
});
