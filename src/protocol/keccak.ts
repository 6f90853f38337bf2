// Keccak-256 as Ethereum hashes: what EIP-712 digests and addresses are made of. Our own, of which the
// browser fetches 0.6 kB gz where @noble/hashes has 1.6; a few hashes of a few hundred bytes are all
// that it is asked for.
import { type Bytes, concatBytes } from './bytes.ts';

/** What a block takes in of the state of 200 bytes, for digests of 32 (FIPS 202, 5.2). */
const rateBytes = 136;
const digestBytes = 32;
const rounds = 24;

/** Bits of the linear feedback shift register of FIPS 202, 3.2.5, seven a round. */
function makeRoundConstants(): bigint[] {
  let register = 1;
  return Array.from({ length: rounds }, () => {
    let constant = 0n;
    for (let power = 0; power <= 6; power++) {
      if (register & 1) constant |= 1n << BigInt(2 ** power - 1);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
    return constant;
  });
}

const roundConstants = makeRoundConstants();

const rotate = (lane: bigint, by: bigint) => BigInt.asUintN(64, lane << by) | (lane >> (64n - by));

/** Keccak-f[1600] on 25 lanes, lane (x, y) at x + 5y: theta, rho and pi, chi, iota. */
function permute(lanes: BigUint64Array): void {
  for (const constant of roundConstants) {
    const columns = [0, 1, 2, 3, 4].map(
      (x) => lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20],
    );
    for (let at = 0; at < 25; at++) {
      lanes[at] ^= columns[(at + 4) % 5] ^ rotate(columns[(at + 1) % 5], 1n);
    }
    // From lane (1, 0) on, each lane goes to where the next one was.
    let moved = lanes[1];
    for (let step = 1, x = 1, y = 0; step <= 24; step++) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const turned = rotate(moved, BigInt(((step * (step + 1)) / 2) % 64));
      moved = lanes[x + 5 * y];
      lanes[x + 5 * y] = turned;
    }
    for (let row = 0; row < 25; row += 5) {
      const five = lanes.slice(row, row + 5);
      for (let x = 0; x < 5; x++) {
        lanes[row + x] = five[x] ^ (~five[(x + 1) % 5] & five[(x + 2) % 5]);
      }
    }
    lanes[0] ^= constant;
  }
}

/** 32 bytes. */
export function keccak256(...parts: Uint8Array[]): Bytes {
  const message = concatBytes(...parts);
  const blocks = Math.floor(message.length / rateBytes) + 1;
  const padded = new Uint8Array(blocks * rateBytes);
  padded.set(message);
  padded[message.length] = 0x01;
  padded[padded.length - 1] |= 0x80;
  const words = new DataView(padded.buffer);
  const lanes = new BigUint64Array(25);
  for (let at = 0; at < padded.length; at += rateBytes) {
    for (let lane = 0; lane < rateBytes / 8; lane++) {
      lanes[lane] ^= words.getBigUint64(at + 8 * lane, true);
    }
    permute(lanes);
  }
  const digest = new DataView(new ArrayBuffer(digestBytes));
  for (let lane = 0; lane < digestBytes / 8; lane++) {
    digest.setBigUint64(8 * lane, lanes[lane], true);
  }
  return new Uint8Array(digest.buffer);
}
