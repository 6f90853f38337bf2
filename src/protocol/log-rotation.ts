// Changing the log's key: a signed note in which the old key names the new one, and the tree at
// which it hands over. The new key signs it too, so that nobody can name a key that is not theirs.
//
//   idlewild-log-rotation/v1
//   <origin>
//   <size>          the last tree that the old key signs, the first that the new one may
//   <root>          its root, base64
//   <old key>       as verifier keys (C2SP signed-note)
//   <new key>
//
// It is never a checkpoint: its third line is no root. It goes into the log as an entry as well,
// so that whoever reads the log sees every change of key (log-entry.ts).
import { equalBytes } from './bytes.ts';
import { parseHash, parseSize, type TreeHead } from './checkpoint.ts';
import { assert, IdlewildError } from './errors.ts';
import { isPossibleHead } from './log-follow.ts';
import { logLimits } from './log-limits.ts';
import { parseNote } from './signed-note.ts';
import { toBase64 } from './signed-note-base64.ts';
import {
  formatVerifierKey,
  isSameKey,
  noteTypes,
  parseVerifierKey,
  type VerifierKey,
} from './signed-note-key.ts';
import { type VerifyEd25519, verifyNote } from './signed-note-verify.ts';

const HEADER = 'idlewild-log-rotation/v1';

export interface Rotation extends TreeHead {
  origin: string;
  oldKey: VerifierKey;
  newKey: VerifierKey;
}

function malformed(message: string): IdlewildError {
  return new IdlewildError('log/rotation-malformed', message);
}

/** The text that both keys sign. */
export function formatRotation({ origin, size, root, oldKey, newKey }: Rotation): string {
  const keys = [oldKey, newKey].map(formatVerifierKey);
  const text = [HEADER, origin, String(size), toBase64(root), ...keys].map((line) => `${line}\n`);
  const rotation = text.join('');
  const read = parseRotation(rotation);
  assert(read.origin === origin && equalBytes(read.root, root), 'it reads back as it was');
  return rotation;
}

/** @throws log/rotation-malformed, log/bad-key */
export function parseRotation(text: string): Rotation {
  const lines = text.split('\n');
  const [header, origin, size, root, oldKey, newKey, end] = lines;
  if (header !== HEADER || lines.length !== 7 || end !== '' || !origin) {
    throw malformed(`A rotation has six lines, the first of them ${HEADER}.`);
  }
  const head = { size: parseSize(size), root: parseHash(root) };
  if (head.size === null || head.root === null) {
    throw malformed('A rotation names a size and a root.');
  }
  const rotation = {
    origin,
    size: head.size,
    root: head.root,
    oldKey: parseVerifierKey(oldKey),
    newKey: parseVerifierKey(newKey),
  };
  const types = [rotation.oldKey.type, rotation.newKey.type];
  if (types.some((type) => type !== noteTypes.ed25519)) {
    throw malformed('Keys of a log have signature type 1 (Ed25519).');
  }
  if (rotation.oldKey.name !== origin || rotation.newKey.name !== origin) {
    throw malformed('A key of a log has its origin as its name.');
  }
  if (isSameKey(rotation.oldKey, rotation.newKey)) throw malformed('The two keys are the same.');
  if (!isPossibleHead(rotation)) throw malformed('A tree without leaves has another root.');
  return rotation;
}

/** A key, and the trees that it may sign: from `fromSize` to `toSize` leaves, null for no end. */
interface KeyReign {
  key: VerifierKey;
  fromSize: number;
  toSize: number | null;
}

export interface KeyChain {
  origin: string;
  reigns: KeyReign[];
  /** The heads at which keys changed: a reader checks that they lie on the log that it sees. */
  heads: TreeHead[];
}

export type OpenedKeyChain =
  | { state: 'verified'; chain: KeyChain }
  | { state: 'refused'; code: string; message: string };

/** The keys for LogTrust.keysAt: two of them at the very size of a change. */
export function keysAt(chain: KeyChain, size: number): VerifierKey[] {
  const reigning = chain.reigns.filter(({ fromSize, toSize }) => {
    return size >= fromSize && (toSize === null || size <= toSize);
  });
  return reigning.map(({ key }) => key);
}

/** True if every change of key was made on the log that the reader sees. */
export async function headsLieOn(
  chain: KeyChain,
  tree: { size: number; rootAt(size: number): Promise<Uint8Array> },
): Promise<boolean> {
  for (const { size, root } of chain.heads) {
    if (size > tree.size || !equalBytes(await tree.rootAt(size), root)) return false;
  }
  return true;
}

/**
 * Follows rotations from a key that the reader knows already, oldest first.
 * @param notes signed notes, as GET of the log's key history serves them
 */
export async function openKeyChain(
  first: { origin: string; key: VerifierKey },
  notes: readonly Uint8Array[],
  verify: VerifyEd25519,
): Promise<OpenedKeyChain> {
  const chain: KeyChain = { origin: first.origin, reigns: [], heads: [] };
  let current: KeyReign = { key: first.key, fromSize: 0, toSize: null };
  const refuse = (code: string, message: string): OpenedKeyChain => ({
    state: 'refused',
    code: `log/${code}`,
    message: `Rotation ${chain.heads.length + 1}: ${message}`,
  });
  if (notes.length > logLimits.rotationsMax) {
    return refuse('too-many-rotations', `over rotationsMax (${logLimits.rotationsMax}).`);
  }
  for (const bytes of notes) {
    let read: { rotation: Rotation; note: ReturnType<typeof parseNote> };
    try {
      const note = parseNote(bytes);
      read = { note, rotation: parseRotation(note.text) };
    } catch (thrown) {
      if (!(thrown instanceof IdlewildError)) throw thrown;
      return { state: 'refused', code: thrown.code, message: thrown.shortMessage };
    }
    const { rotation, note } = read;
    const { oldKey, newKey, size, root } = rotation;
    if (rotation.origin !== first.origin) return refuse('wrong-origin', 'it is of another log.');
    if (!isSameKey(oldKey, current.key)) return refuse('unknown-key', 'it breaks the chain.');
    if (size < current.fromSize) return refuse('older', 'it lies before the one ahead of it.');
    const verdict = await verifyNote(note, [oldKey, newKey], verify);
    if (verdict.state === 'unsupported') return refuse('unsupported', 'no Ed25519 here.');
    const signers = verdict.state === 'verified' ? verdict.by.map(({ key }) => key) : [];
    if (!signers.includes(oldKey) || !signers.includes(newKey)) {
      return refuse('bad-signature', 'not signed by both keys.');
    }
    chain.reigns.push({ ...current, toSize: size });
    chain.heads.push({ size, root });
    current = { key: newKey, fromSize: size, toSize: null };
  }
  chain.reigns.push(current);
  return { state: 'verified', chain };
}
