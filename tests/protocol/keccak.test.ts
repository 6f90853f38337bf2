// Keccak-256, held to viem's on both sides of every end of a block.
import fc from 'fast-check';
import { toBytes, keccak256 as viemKeccak } from 'viem';
import { expect, test } from 'vitest';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { keccak256 } from '#protocol/keccak.ts';

test.each([
  ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
  ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
])('of "%s"', (text, digest) => {
  expect(toHex(keccak256(utf8(text)))).toBe(digest);
});

test('of every length up to three blocks', () => {
  const bytes = Uint8Array.from({ length: 410 }, (_, at) => (37 * at) % 256);
  for (let length = 0; length <= bytes.length; length++) {
    const all = bytes.subarray(0, length);
    expect(keccak256(all)).toEqual(viemKeccak(all, 'bytes'));
  }
});

test('parts are one message', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 });
  fc.assert(
    fc.property(parts, (given) => {
      expect(keccak256(...given)).toEqual(
        viemKeccak(Uint8Array.from(Buffer.concat(given)), 'bytes'),
      );
    }),
    { numRuns: 30 },
  );
  expect(keccak256(utf8('a'), utf8('bc'))).toEqual(viemKeccak(toBytes('abc'), 'bytes'));
});
