// A checkpoint (C2SP tlog-checkpoint): the log's name, size and root as the text of a signed note.
// Whoever holds one can check any proof, and any later checkpoint, against it.
import { type Bytes, equalBytes } from './bytes.ts';
import { assert, IdlewildError } from './errors.ts';
import { logLimits } from './log-limits.ts';
import { parseNote, type SignedNote } from './signed-note.ts';
import { fromBase64, toBase64 } from './signed-note-base64.ts';
import { noteTypes, type VerifierKey } from './signed-note-key.ts';
import { type NoteSigned, type VerifyEd25519, verifyNote } from './signed-note-verify.ts';

export interface TreeHead {
  /** Leaves. */
  size: number;
  /** 32 bytes. */
  root: Uint8Array;
}

export interface Checkpoint extends TreeHead {
  /** The log's name for ever, such as idlewild.example/log: no spaces, no plus. */
  origin: string;
  /** Opaque lines after the root; ours has none. */
  extensions: string[];
}

function malformed(message: string): IdlewildError {
  return new IdlewildError('log/checkpoint-malformed', message);
}

/** Decimal without leading zeroes, at most 2^53 - 1; null for anything else. */
export function parseSize(text: string): number | null {
  const size = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : null;
}

/** 32 bytes of canonical base64; null for anything else. */
export function parseHash(text: string): Bytes | null {
  const hash = fromBase64(text);
  return hash?.length === 32 ? hash : null;
}

/** @throws log/checkpoint-malformed */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw malformed('A checkpoint ends in a newline.');
  const lines = text.slice(0, -1).split('\n');
  const [origin, size, root, ...extensions] = lines;
  if (lines.length < 3 || lines.includes('')) {
    throw malformed('A checkpoint has an origin, a size and a root, and no empty line.');
  }
  if (lines.length > logLimits.checkpointLinesMax) {
    const limit = `checkpointLinesMax (${logLimits.checkpointLinesMax})`;
    throw malformed(`A checkpoint of ${lines.length} lines is above ${limit}.`);
  }
  const [leaves, hash] = [parseSize(size), parseHash(root)];
  if (leaves === null) throw malformed('The size is not a plain decimal of at most 2^53 - 1.');
  if (hash === null) throw malformed('The root is not 32 bytes of base64.');
  return { origin, size: leaves, root: hash, extensions };
}

/** The text to sign. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const text = [origin, String(size), toBase64(root), ...extensions].map((line) => `${line}\n`);
  const checkpoint = text.join('');
  const read = parseCheckpoint(checkpoint);
  const same = read.origin === origin && read.extensions.length === extensions.length;
  assert(same && read.size === size && equalBytes(read.root, root), 'it reads back as it was');
  return checkpoint;
}

/** What a reader of one log believes: its origin, its keys, and witnesses' keys if it has any. */
export interface LogTrust {
  origin: string;
  /** The keys that may sign a tree of `size` leaves; a rotation ends one's reach (log-rotation.ts). */
  keysAt(size: number): readonly VerifierKey[];
  witnesses?: readonly VerifierKey[];
}

export type OpenedCheckpoint =
  | { state: 'verified'; checkpoint: Checkpoint; note: SignedNote; cosignedBy: NoteSigned[] }
  | { state: 'refused'; code: CheckpointRefusal; message: string };

export type CheckpointRefusal =
  | 'log/note-malformed'
  | 'log/checkpoint-malformed'
  | 'log/wrong-origin'
  | 'log/unknown-key'
  | 'log/bad-signature'
  | 'log/unsupported';

function refused(code: CheckpointRefusal, message: string): OpenedCheckpoint {
  return { state: 'refused', code, message };
}

/** Parses a checkpoint from anywhere and checks that a key of the log signed it. */
export async function openCheckpoint(
  bytes: Uint8Array,
  trust: LogTrust,
  verify: VerifyEd25519,
): Promise<OpenedCheckpoint> {
  let note: SignedNote;
  let checkpoint: Checkpoint;
  try {
    note = parseNote(bytes);
    checkpoint = parseCheckpoint(note.text);
  } catch (thrown) {
    if (!(thrown instanceof IdlewildError)) throw thrown;
    return refused(thrown.code as CheckpointRefusal, thrown.shortMessage);
  }
  if (checkpoint.origin !== trust.origin) {
    return refused('log/wrong-origin', 'The checkpoint is of another log.');
  }
  const keys = trust.keysAt(checkpoint.size);
  const verdict = await verifyNote(note, [...keys, ...(trust.witnesses ?? [])], verify);
  if (verdict.state === 'unsupported') {
    return refused('log/unsupported', 'This browser cannot check Ed25519 signatures: update it.');
  }
  if (verdict.state === 'bad-signature') {
    return refused('log/bad-signature', `The signature of ${verdict.key.name} does not hold.`);
  }
  const signed = verdict.state === 'verified' ? verdict.by : [];
  if (!signed.some(({ key }) => keys.includes(key))) {
    return refused('log/unknown-key', 'No known key of the log signed the checkpoint.');
  }
  const cosignedBy = signed.filter(({ key }) => key.type === noteTypes.cosignature);
  return { state: 'verified', checkpoint, note, cosignedBy };
}
