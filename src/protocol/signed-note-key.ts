// The keys that sign notes, as C2SP signed-note names them: a name, and an id of four bytes over
// name, type and key. A verifier key (vkey) is how people pass one on:
// <name>+<hex id>+<base64 of type and public key>.
import { sha256 } from '#sha256';
import { type Bytes, concatBytes, utf8 } from './bytes.ts';
import { IdlewildError } from './errors.ts';
import { logLimits } from './log-limits.ts';
import { fromBase64, toBase64 } from './signed-note-base64.ts';

/** Signature types that are read here: Ed25519 over the text, and cosignature/v1. */
export const noteTypes = { ed25519: 0x01, cosignature: 0x04 } as const;

export type NoteType = (typeof noteTypes)[keyof typeof noteTypes];

export interface VerifierKey {
  name: string;
  type: NoteType;
  /** Ed25519, 32 bytes (RFC 8032). */
  publicKey: Bytes;
  /** uint32. */
  keyId: number;
}

/** No Unicode space, no plus, no control character, at least one letter. */
export function isKeyName(name: string): boolean {
  const bytes = utf8(name).length;
  return (
    bytes > 0 && bytes <= logLimits.noteNameBytesMax && !/[\p{White_Space}\p{Cc}+]/u.test(name)
  );
}

/**
 * SHA-256(name || 0x0A || type || public key), its first four bytes.
 * @throws log/bad-key unless the name can stand in a note and the key has 32 bytes
 */
export function makeVerifierKey(name: string, type: NoteType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) {
    throw new IdlewildError('log/bad-key', 'A key name has no spaces and no plus signs.', {
      metaMessages: [`It has 1 to ${logLimits.noteNameBytesMax} bytes (noteNameBytesMax).`],
    });
  }
  if (publicKey.length !== 32) {
    throw new IdlewildError('log/bad-key', 'An Ed25519 public key has 32 bytes.');
  }
  const digest = sha256(utf8(`${name}\n`), new Uint8Array([type]), publicKey);
  const keyId = new DataView(digest.buffer).getUint32(0);
  return { name, type, publicKey: new Uint8Array(publicKey), keyId };
}

function hexKeyId(keyId: number): string {
  return keyId.toString(16).padStart(8, '0');
}

export function formatVerifierKey({ name, type, publicKey, keyId }: VerifierKey): string {
  return `${name}+${hexKeyId(keyId)}+${toBase64(concatBytes(new Uint8Array([type]), publicKey))}`;
}

/** @throws log/bad-key on a wrong shape, an unknown type, or an id that is not the key's */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  const bytes = encoded === undefined ? null : fromBase64(encoded);
  if (!bytes) {
    throw new IdlewildError('log/bad-key', 'This is not a verifier key.', {
      metaMessages: ['Expected <name>+<hex id>+<base64> (C2SP signed-note).'],
    });
  }
  const type = Object.values(noteTypes).find((known) => known === bytes[0]);
  if (type === undefined) {
    throw new IdlewildError('log/bad-key', `Signature type ${bytes[0]} is not known here.`, {
      metaMessages: ['Known: 1 (Ed25519) and 4 (Ed25519 cosignature/v1).'],
    });
  }
  const key = makeVerifierKey(name, type, bytes.subarray(1));
  if (hexKeyId(key.keyId) !== id) {
    throw new IdlewildError('log/bad-key', `The key's id is ${hexKeyId(key.keyId)}, not ${id}.`);
  }
  return key;
}

export function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return formatVerifierKey(a) === formatVerifierKey(b);
}
