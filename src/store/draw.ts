// Draws that no contributor can foresee and that are the same when an operation is tried again: an
// HMAC of what is drawn for, under a secret that lives as long as the process.
import { createHmac } from 'node:crypto';
import type { Draw } from '#validator/policy.ts';

/** 48 bits are as many as a double holds with room to spare. */
const drawBytes = 6;

export function makeDraw(secret: string): Draw {
  return (...words) => {
    const digest = createHmac('sha256', secret).update(words.join(' ')).digest();
    return digest.readUIntBE(0, drawBytes) / 2 ** (8 * drawBytes);
  };
}
