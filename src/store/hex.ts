// Digests as the names by which the judge compares them. `toHex` adds a string of two digits for each
// byte, 2 KB of them for 32 bytes: an eighth of what the database's thread allocated.
import { equalBytes } from '#protocol/bytes.ts';

const digits = Buffer.from('0123456789abcdef');
const bytesMax = 64;
const written = Buffer.alloc(2 * bytesMax);

/** @param bytes 64 at most */
export function hexOf(bytes: Uint8Array): string {
  for (let i = 0; i < bytes.length; i++) {
    written[2 * i] = digits[bytes[i] >> 4];
    written[2 * i + 1] = digits[bytes[i] & 15];
  }
  return written.toString('latin1', 0, 2 * bytes.length);
}

/** Models of the last calls, of which there are few. */
let known: { model: Uint8Array; hex: string }[] = [];
const knownMax = 16;

/** A model's id, which every unit, record and candidate names. */
export function modelHex(model: Uint8Array): string {
  for (const one of known) if (equalBytes(one.model, model)) return one.hex;
  const hex = hexOf(model);
  known = [{ model: new Uint8Array(model), hex }, ...known.slice(0, knownMax - 1)];
  return hex;
}
