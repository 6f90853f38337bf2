// Challenges that nobody has to remember: a nonce carries when it was made and a code over that, so
// that any replica knows the challenge of any other, before and after a restart. That one is answered
// once is the database's business: sessions.nonce is unique.
import { createHmac, hkdfSync, randomFillSync, timingSafeEqual } from 'node:crypto';
import type { Waits } from '#store/waits.ts';

export interface Challenges {
  /** Uint8Array of 32 bytes, and when a grant on it ends, in Unix seconds. */
  make(): { nonce: Uint8Array; expiresAt: number };
  /** @returns null for a nonce that was not made here; `until` in milliseconds */
  read(nonce: Uint8Array): { expiresAt: number; until: number } | null;
}

export interface ChallengesOptions {
  /** Secret, and the same on all replicas: the receipt key as PEM. */
  secret: string;
  waits: Pick<Waits, 'challengeMs' | 'grantMs'>;
  now(): number;
}

/** Six bytes of milliseconds and ten at random, then the code. */
const timeBytes = 6;
const headBytes = 16;
const nonceBytes = 32;

export function createChallenges({ secret, waits, now }: ChallengesOptions): Challenges {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'idlewild challenge 1', 32));
  const codeOf = (head: Uint8Array) =>
    createHmac('sha256', key)
      .update(head)
      .digest()
      .subarray(0, nonceBytes - headBytes);
  const expiryOf = (madeAt: number) => Math.floor((madeAt + waits.grantMs) / 1000);
  return {
    make() {
      const madeAt = now();
      const head = Buffer.alloc(headBytes);
      head.writeUIntBE(madeAt, 0, timeBytes);
      randomFillSync(head, timeBytes);
      const nonce = new Uint8Array(Buffer.concat([head, codeOf(head)]));
      return { nonce, expiresAt: expiryOf(madeAt) };
    },
    read(nonce) {
      if (nonce.length !== nonceBytes) return null;
      const head = nonce.subarray(0, headBytes);
      if (!timingSafeEqual(codeOf(head), nonce.subarray(headBytes))) return null;
      const madeAt = Buffer.from(head).readUIntBE(0, timeBytes);
      return { expiresAt: expiryOf(madeAt), until: madeAt + waits.challengeMs };
    },
  };
}
