// Draws that no contributor can foresee and that are the same when an operation is tried again: a
// digest of a secret, of one length, and of what is drawn for. Nobody is shown it, and it is cut short,
// so that an HMAC, five times as dear, would add nothing.
import { hash } from 'node:crypto';
import type { Draw } from '#validator/policy.ts';

/** 48 bits are as many as a double holds with room to spare. */
const drawBytes = 6;

export function makeDraw(secret: string): Draw {
  return (...words) => {
    const digest = hash('sha256', `${secret} ${words.join(' ')}`);
    return Number.parseInt(digest.slice(0, 2 * drawBytes), 16) / 2 ** (8 * drawBytes);
  };
}
