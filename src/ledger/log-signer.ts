// Ed25519 for the log, by node:crypto: the coordinator's key signs checkpoints and rotations, a
// witness's key cosigns. The log's key is one of its own, never the receipts': then each can be
// rotated alone, and no receipt can be passed off as a tree.
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Bytes } from '#protocol/bytes.ts';
import { type Checkpoint, formatCheckpoint } from '#protocol/checkpoint.ts';
import { cosignatureMessage, encodeTimestampedSignature } from '#protocol/cosignature.ts';
import { assert } from '#protocol/errors.ts';
import { formatRotation, type Rotation } from '#protocol/log-rotation.ts';
import { formatNote, type NoteSignature } from '#protocol/signed-note.ts';
import {
  makeVerifierKey,
  type NoteType,
  noteTypes,
  type VerifierKey,
} from '#protocol/signed-note-key.ts';
import type { Ed25519Answer, Ed25519Claim } from '#protocol/signed-note-verify.ts';

export interface NoteSigner {
  key: VerifierKey;
  privateKey: KeyObject;
}

/**
 * @param type noteTypes.ed25519 for a log, noteTypes.cosignature for a witness
 * @throws log/bad-key
 */
export function makeNoteSigner(name: string, type: NoteType, privateKey: KeyObject): NoteSigner {
  assert(privateKey.asymmetricKeyType === 'ed25519', 'notes are signed by Ed25519');
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = new Uint8Array(Buffer.from(x ?? '', 'base64url'));
  return { key: makeVerifierKey(name, type, publicKey), privateKey };
}

export function signText(text: string, { key, privateKey }: NoteSigner): NoteSignature {
  assert(key.type === noteTypes.ed25519, 'a witness key signs nothing but cosignatures');
  const signature = new Uint8Array(sign(null, Buffer.from(text), privateKey));
  return { name: key.name, keyId: key.keyId, signature };
}

/**
 * The signed note to serve. Whoever calls it must hold the sequencer's lock: a log never signs two
 * trees of which one does not continue the other.
 */
export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): Bytes {
  assert(signer.key.name === checkpoint.origin, "a log's key has its origin as its name");
  const text = formatCheckpoint(checkpoint);
  return formatNote({ text, signatures: [signText(text, signer)] });
}

/** The signed note that hands the log over from one key to the next. */
export function signRotation(
  head: Pick<Rotation, 'origin' | 'size' | 'root'>,
  oldSigner: NoteSigner,
  newSigner: NoteSigner,
): Bytes {
  const text = formatRotation({ ...head, oldKey: oldSigner.key, newKey: newSigner.key });
  return formatNote({ text, signatures: [signText(text, oldSigner), signText(text, newSigner)] });
}

/** @param timestampSeconds POSIX time by the witness's clock */
export function cosign(
  checkpointText: string,
  { key, privateKey }: NoteSigner,
  timestampSeconds: number,
): NoteSignature {
  assert(key.type === noteTypes.cosignature, 'a log key does not cosign');
  const message = cosignatureMessage(checkpointText, timestampSeconds);
  const signature = new Uint8Array(sign(null, message, privateKey));
  const stamped = encodeTimestampedSignature({ timestampSeconds, signature });
  return { name: key.name, keyId: key.keyId, signature: stamped };
}

/** VerifyEd25519 where node:crypto exists. */
export function verifyByNode({ publicKey, message, signature }: Ed25519Claim): Ed25519Answer {
  const x = Buffer.from(publicKey).toString('base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, message, key, signature) ? 'valid' : 'invalid';
  } catch {
    // A key that node:crypto cannot read has signed nothing.
    return 'invalid';
  }
}
