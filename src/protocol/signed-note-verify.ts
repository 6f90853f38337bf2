// Who signed a note: each signature of a known key is checked, those of unknown keys are passed
// over, and one bad signature of a known key spoils the note (C2SP signed-note, "Signatures").
// Ed25519 itself is passed in: WebCrypto in a page, node:crypto on a server.
import { type Bytes, utf8 } from './bytes.ts';
import { cosignatureMessage, decodeTimestampedSignature } from './cosignature.ts';
import type { NoteSignature, SignedNote } from './signed-note.ts';
import { noteTypes, type VerifierKey } from './signed-note-key.ts';

export interface Ed25519Claim {
  publicKey: Bytes;
  message: Bytes;
  signature: Bytes;
}

/** `unsupported`: this platform cannot tell, because it has no Ed25519. */
export type Ed25519Answer = 'valid' | 'invalid' | 'unsupported';

export type VerifyEd25519 = (claim: Ed25519Claim) => Ed25519Answer | Promise<Ed25519Answer>;

export interface NoteSigned {
  key: VerifierKey;
  /** POSIX seconds, for a cosignature. */
  timestampSeconds: number | null;
}

export type NoteVerdict =
  | { state: 'verified'; by: NoteSigned[] }
  /** No known key signed it: what it says must be ignored. */
  | { state: 'unknown-key' }
  | { state: 'bad-signature'; key: VerifierKey }
  | { state: 'unsupported' };

function claimOf(text: string, signed: NoteSignature, key: VerifierKey) {
  const { publicKey } = key;
  if (key.type === noteTypes.ed25519) {
    const { signature } = signed;
    return { claim: { publicKey, message: utf8(text), signature }, timestampSeconds: null };
  }
  const stamped = decodeTimestampedSignature(signed.signature);
  if (!stamped) return null;
  const { timestampSeconds, signature } = stamped;
  const message = cosignatureMessage(text, timestampSeconds);
  return { claim: { publicKey, message, signature }, timestampSeconds };
}

export async function verifyNote(
  note: SignedNote,
  keys: readonly VerifierKey[],
  verify: VerifyEd25519,
): Promise<NoteVerdict> {
  const by: NoteSigned[] = [];
  for (const signed of note.signatures) {
    const known = keys.filter(({ name, keyId }) => name === signed.name && keyId === signed.keyId);
    for (const key of known) {
      const opened = claimOf(note.text, signed, key);
      const sound = opened?.claim.signature.length === 64;
      const answer = opened && sound ? await verify(opened.claim) : 'invalid';
      if (answer === 'unsupported') return { state: 'unsupported' };
      if (!opened || answer === 'invalid') return { state: 'bad-signature', key };
      by.push({ key, timestampSeconds: opened.timestampSeconds });
    }
  }
  return by.length === 0 ? { state: 'unknown-key' } : { state: 'verified', by };
}
