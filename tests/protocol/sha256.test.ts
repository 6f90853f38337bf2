// SHA-256 where there is no node:crypto, held to the examples of FIPS 180-4 and to node:crypto around
// every end of a block.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { sha256 } from '../../src/protocol/sha256-portable.ts';

const known = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
])('of "%s"', (text, digest) => {
  expect(toHex(sha256(utf8(text)))).toBe(digest);
});

test('of a million letters', () => {
  const digest = 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0';
  expect(toHex(sha256(utf8('a'.repeat(1_000_000))))).toBe(digest);
});

test('of every length around three blocks, cut anywhere', () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, at) => (31 * at) % 256);
  for (let length = 0; length <= bytes.length; length++) {
    const all = bytes.subarray(0, length);
    expect(toHex(sha256(all))).toBe(known(all));
    const cut = (7 * length) % (length + 1);
    const parts = [all.subarray(0, cut), new Uint8Array(0), all.subarray(cut)];
    expect(toHex(sha256(...parts))).toBe(known(all));
  }
});

test('of parts of any length, in any number', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 });
  fc.assert(
    fc.property(parts, (given) => {
      expect(toHex(sha256(...given))).toBe(known(Buffer.concat(given)));
    }),
  );
});
