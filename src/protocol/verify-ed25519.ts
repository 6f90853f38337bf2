// Ed25519 without WebCrypto's: for browsers that came to it late, so that a receipt and the log can be
// checked there as well. RFC 8032, section 5.1.7, on BigInt: milliseconds a signature, no secrets.
import { type Bytes, concatBytes } from './bytes.ts';
import type { Ed25519Claim } from './signed-note-verify.ts';

/** The field's prime, and the order of the base point. */
const prime = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Extended coordinates (section 5.1.4): x = X/Z, y = Y/Z, x·y = T/Z. */
interface Point {
  x: bigint;
  y: bigint;
  z: bigint;
  t: bigint;
}

const mod = (value: bigint): bigint => ((value % prime) + prime) % prime;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base; exponent > 0n; exponent >>= 1n, square = mod(square * square)) {
    if (exponent & 1n) result = mod(result * square);
  }
  return result;
}

const invert = (value: bigint): bigint => power(value, prime - 2n);

const d = mod(-121665n * invert(121666n));
const rootOfMinusOne = power(2n, (prime - 1n) / 4n);
const zero: Point = { x: 0n, y: 1n, z: 1n, t: 0n };
const basePoint = pointAt(mod(4n * invert(5n)), 0n) ?? zero;

/** Whether the key's owner signed the message: 64 bytes, R and s, both canonical. */
export async function verifyEd25519({
  publicKey,
  message,
  signature,
}: Ed25519Claim): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const [r, s] = [signature.slice(0, 32), readNumber(signature.slice(32))];
  const [key, commitment] = [decodePoint(publicKey), decodePoint(r)];
  if (!key || !commitment || s >= order) return false;
  const hashed = await crypto.subtle.digest('SHA-512', concatBytes(r, publicKey, message));
  const challenge = readNumber(new Uint8Array(hashed)) % order;
  return isEqual(multiply(basePoint, s), add(commitment, multiply(key, challenge)));
}

/** Little-endian. */
function readNumber(bytes: Bytes): bigint {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** Section 5.1.3. @returns null for what encodes no point, or not in the one way */
function decodePoint(bytes: Bytes): Point | null {
  const number = readNumber(bytes);
  return pointAt(number & (2n ** 255n - 1n), number >> 255n);
}

function pointAt(y: bigint, sign: bigint): Point | null {
  if (y >= prime) return null;
  const [u, v] = [mod(y * y - 1n), mod(d * y * y + 1n)];
  const v3 = mod(v * v * v);
  let x = mod(u * v3 * power(mod(u * v3 * v3 * v), (prime - 5n) / 8n));
  const square = mod(v * x * x);
  if (square === mod(-u)) x = mod(x * rootOfMinusOne);
  else if (square !== u) return null;
  if (x === 0n && sign === 1n) return null;
  if ((x & 1n) !== sign) x = mod(-x);
  return { x, y, z: 1n, t: mod(x * y) };
}

/** Section 5.1.4; complete, so it doubles as well. */
function add(p: Point, q: Point): Point {
  const a = mod((p.y - p.x) * (q.y - q.x));
  const b = mod((p.y + p.x) * (q.y + q.x));
  const c = mod(2n * d * p.t * q.t);
  const e = mod(2n * p.z * q.z);
  const [f, g, h, i] = [b - a, e - c, e + c, b + a];
  return { x: mod(f * g), y: mod(h * i), z: mod(g * h), t: mod(f * i) };
}

function multiply(point: Point, factor: bigint): Point {
  let result = zero;
  for (let doubled = point; factor > 0n; factor >>= 1n, doubled = add(doubled, doubled)) {
    if (factor & 1n) result = add(result, doubled);
  }
  return result;
}

const isEqual = (p: Point, q: Point): boolean =>
  mod(p.x * q.z - q.x * p.z) === 0n && mod(p.y * q.z - q.y * p.z) === 0n;
