// Challenges without memory: known by every replica that has the secret, and by nobody else.
import { expect, test } from 'vitest';
import { createChallenges } from '#coordinator/challenges.ts';

const waits = { challengeMs: 1_000, grantMs: 90_000 };
const at = 1_700_000_000_500;
const make = (secret: string, now = at) => createChallenges({ secret, waits, now: () => now });

test('another replica reads what one made, with the times that it had', () => {
  const { nonce, expiresAt } = make('secret').make();
  expect(nonce).toHaveLength(32);
  expect(expiresAt).toBe(1_700_000_090);
  expect(make('secret', at + 5_000_000).read(nonce)).toEqual({ expiresAt, until: at + 1_000 });
});

test('two of the same moment differ', () => {
  const challenges = make('secret');
  expect(challenges.make().nonce).not.toEqual(challenges.make().nonce);
});

test('none is read with another secret, at another length, or with a bit changed', () => {
  const { nonce } = make('secret').make();
  expect(make('another').read(nonce)).toBeNull();
  expect(make('secret').read(nonce.subarray(1))).toBeNull();
  for (let bit = 0; bit < 256; bit++) {
    const changed = nonce.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    expect(make('secret').read(changed)).toBeNull();
  }
});
