// SHA-256 (FIPS 180-4) for browsers, synchronous so that Merkle trees need no promise per node. Our
// own, since of @noble/hashes every visit fetched 2.6 kB gz for this one function.

const blockBytes = 64;
/** Of the last block, where the message's length in bits stands. */
const lengthAt = 56;

/** The first 32 bits after the point of a root of each of the first primes; the roots by Newton. */
function rootFractions(count: number, degree: bigint): Int32Array {
  const words: bigint[] = [];
  const primes: bigint[] = [];
  for (let prime = 2n; words.length < count; prime++) {
    if (primes.some((smaller) => prime % smaller === 0n)) continue;
    primes.push(prime);
    const value = prime << (32n * degree);
    let [root, next] = [value, 1n << 36n];
    while (next < root) {
      root = next;
      next = ((degree - 1n) * root + value / root ** (degree - 1n)) / degree;
    }
    words.push(BigInt.asIntN(32, root));
  }
  return Int32Array.from(words, Number);
}

const beginning = rootFractions(8, 2n);
const constants = rootFractions(64, 3n);
const schedule = new Int32Array(64);

const rotate = (word: number, by: number) => (word >>> by) | (word << (32 - by));

function compress(state: Int32Array, block: DataView, offset: number): void {
  for (let i = 0; i < 16; i++) schedule[i] = block.getInt32(offset + 4 * i);
  for (let i = 16; i < 64; i++) {
    const early = schedule[i - 15];
    const late = schedule[i - 2];
    const low = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const high = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[i] = (schedule[i - 16] + low + schedule[i - 7] + high) | 0;
  }
  // One by one: 8 MB take 36 ms of CPU so, and 111 with a pattern.
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i++) {
    const fromE = (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g));
    const first = (h + fromE + constants[i] + schedule[i]) | 0;
    const fromA = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + fromA) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] += word;
  });
}

export function sha256(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const state = beginning.slice();
  const rest = new Uint8Array(blockBytes);
  const block = new DataView(rest.buffer);
  let total = 0;
  for (const part of parts) {
    const whole = new DataView(part.buffer, part.byteOffset, part.length);
    for (let at = 0; at < part.length; ) {
      const filled = total % blockBytes;
      const taken = Math.min(blockBytes - filled, part.length - at);
      if (taken === blockBytes) compress(state, whole, at);
      else {
        rest.set(part.subarray(at, at + taken), filled);
        if (filled + taken === blockBytes) compress(state, block, 0);
      }
      at += taken;
      total += taken;
    }
  }
  const filled = total % blockBytes;
  rest.fill(0, filled);
  rest[filled] = 0x80;
  if (filled >= lengthAt) {
    compress(state, block, 0);
    rest.fill(0);
  }
  block.setBigUint64(lengthAt, 8n * BigInt(total));
  compress(state, block, 0);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => {
    digest.setInt32(4 * i, word);
  });
  return new Uint8Array(digest.buffer);
}
