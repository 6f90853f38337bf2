// The tables of the norm, by formula. Each is held to the digest of docs/exact-arithmetic.md
// when it is made: an engine whose Math gave another entry would mislead backend and oracle alike,
// so that the self-test could not see it.
import { toHex, wordsToBytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';

const exp2Digest = '0d61c5fed966c25ad4d7425c62b6396ec6b3653e8b3335ce8763617871ef23f9';
const geluDigest = 'c00ef52f40aaac8f0f76f880f7426c99a9078752adf7e0b64502da366427880e';
const tanhDigest = 'f99ea9b195f72591900369a54f45115e7ca280491b20a16be749283041726b35';

/**
 * 257 u32: round(2^22 · 2^(-i/256)).
 * @throws engine/wrong-table where this engine's Math gives another
 */
export function makeExp2Table(): Uint32Array<ArrayBuffer> {
  const table = Uint32Array.from({ length: 257 }, (_, i) => Math.round(2 ** 22 * 2 ** (-i / 256)));
  return checked(table, exp2Digest);
}

/**
 * 513 i32: round(2^20 · x·Φ(-x)) at x = i/64, Q20 over [0, 8].
 * @throws engine/wrong-table where this engine's Math gives another
 */
export function makeGeluTable(): Int32Array<ArrayBuffer> {
  const table = Int32Array.from({ length: 513 }, (_, i) => Math.round(2 ** 20 * tail(i / 64)));
  return checked(table, geluDigest);
}

/**
 * 513 i32: round(2^20 · tanh(i/64)), Q20 over [0, 8].
 * @throws engine/wrong-table where this engine's Math gives another
 */
export function makeTanhTable(): Int32Array<ArrayBuffer> {
  const table = Int32Array.from({ length: 513 }, (_, i) => Math.round(2 ** 20 * Math.tanh(i / 64)));
  return checked(table, tanhDigest);
}

export function checked<Table extends Int32Array | Uint32Array>(
  table: Table,
  digest: string,
): Table {
  if (toHex(sha256(wordsToBytes(table))) === digest) return table;
  throw new IdlewildError('engine/wrong-table', "This browser's arithmetic is not exact.", {
    metaMessages: ['A table of the norm came out wrong. Update the browser, or try another.'],
  });
}

/** x·Φ(-x) with Φ from the power series of erf below 3, a continued fraction of erfc above. */
function tail(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x < 3) {
    let term = x;
    let sum = x;
    for (let k = 1; k < 100; k++) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    return x * (0.5 - density * sum);
  }
  let fraction = x;
  for (let k = 100; k >= 1; k--) fraction = x + k / fraction;
  return (x * density) / fraction;
}
