// A witness's word on a checkpoint (C2SP tlog-cosignature, Ed25519): that at a time this was the
// largest consistent tree of the log that it had seen. The time lies inside the signature's bytes.
import { type Bytes, concatBytes, utf8 } from './bytes.ts';
import { assert } from './errors.ts';

const TIMESTAMP_BYTES = 8;
const SIGNATURE_BYTES = 64;

export interface TimestampedSignature {
  /** POSIX seconds by the witness's clock. */
  timestampSeconds: number;
  /** Ed25519, 64 bytes. */
  signature: Bytes;
}

/** The bytes that a witness signs: two lines, then the checkpoint's text. */
export function cosignatureMessage(checkpointText: string, timestampSeconds: number): Bytes {
  return utf8(`cosignature/v1\ntime ${timestampSeconds}\n${checkpointText}`);
}

export function encodeTimestampedSignature(signed: TimestampedSignature): Bytes {
  const { timestampSeconds, signature } = signed;
  assert(Number.isSafeInteger(timestampSeconds) && timestampSeconds > 0, 'a witness has a clock');
  const time = new Uint8Array(TIMESTAMP_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(timestampSeconds));
  return concatBytes(time, signature);
}

/** Null unless it has 72 bytes and a time from 1 to 2^53 - 1 (tlog-witness forbids zero). */
export function decodeTimestampedSignature(bytes: Uint8Array): TimestampedSignature | null {
  if (bytes.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const timestampSeconds = Number(view.getBigUint64(0));
  if (timestampSeconds === 0 || !Number.isSafeInteger(timestampSeconds)) return null;
  return { timestampSeconds, signature: new Uint8Array(bytes.subarray(TIMESTAMP_BYTES)) };
}
