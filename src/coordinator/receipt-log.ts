// The log of one coordinator as its routes and loops see it: who it is, its next step, and its tree
// as it was signed last. The steps are in store/log-append.ts; only the key is here.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import path from 'node:path';
import {
  makeNoteSigner,
  type NoteSigner,
  signCheckpoint,
  signRotation,
} from '#ledger/log-signer.ts';
import { type Bytes, equalBytes, toHex } from '#protocol/bytes.ts';
import { parseCheckpoint } from '#protocol/checkpoint.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { decodeLogEntry } from '#protocol/log-entry.ts';
import { parseRotation } from '#protocol/log-rotation.ts';
import { parseNote } from '#protocol/signed-note.ts';
import { noteTypes, type VerifierKey } from '#protocol/signed-note-key.ts';
import { parseTilePath } from '#protocol/tile-path.ts';
import { openTileTree, type TileTree } from '#protocol/tile-reader.ts';
import type { Database } from '#store/database.ts';
import type { SignedHead } from '#store/log-reads.ts';
import { moveKeyFile, openKeyFile, readKeyFile } from './key-file.ts';

export interface ReceiptLog {
  origin: string;
  /** The key that it began with, from which `rotations` lead to today's. */
  firstKey(): Promise<VerifierKey>;
  /** Signed notes, oldest first. */
  rotations(): Promise<Bytes[]>;
  /** Gives waiting receipts their leaves and signs the tree. @returns whether more wait */
  step(): Promise<boolean>;
  /** The tree as it was signed last. */
  signed(): Promise<{ head: SignedHead; tree: TileTree }>;
  /** Hands the log over to a fresh key. */
  rotateKey(): Promise<void>;
}

const keyName = 'log-key.pem';

/** Without an origin of its own a log is named after its key, so that no two have one name. */
function nameLog(origin: string | undefined, key: KeyObject): string {
  if (origin) return `${new URL(origin).host}/v1/log`;
  const { publicKey } = makeNoteSigner('localhost', noteTypes.ed25519, key).key;
  return `${toHex(publicKey.subarray(0, 8))}.localhost/v1/log`;
}

/**
 * @param options.origin the coordinator's, as it was given; the log keeps the name of its first start
 * @throws log/wrong-key where the folder's key is not the one that the log is signed by
 */
export async function openReceiptLog(
  database: Database,
  options: { dataFolder: string; origin?: string | undefined },
): Promise<ReceiptLog> {
  const { dataFolder } = options;
  const file = path.join(dataFolder, keyName);
  const nextFile = `${file}.next`;
  const privateKey = createPrivateKey(await openKeyFile(dataFolder, keyName));
  const origin = nameLog(options.origin, privateKey);
  const { publicKey } = makeNoteSigner(origin, noteTypes.ed25519, privateKey).key;
  const identity = await database.run('openLog', { origin, publicKey });
  let signer = makeNoteSigner(identity.origin, noteTypes.ed25519, privateKey);
  if (!isKey(signer, identity.publicKey)) {
    // A change of key that a crash cut short: the database has it, the file has not.
    signer = await readSigner(nextFile, identity.origin);
    if (!isKey(signer, identity.publicKey)) throw wrongKey();
    await moveKeyFile(nextFile, file);
  }
  const log = createLog(database, { file, nextFile, signer });
  await log.step();
  return log;
}

function isKey({ key }: NoteSigner, publicKey: Uint8Array): boolean {
  return equalBytes(key.publicKey, publicKey);
}

async function readSigner(file: string, origin: string): Promise<NoteSigner> {
  const pem = await readKeyFile(file);
  if (pem === null) throw wrongKey();
  return makeNoteSigner(origin, noteTypes.ed25519, createPrivateKey(pem));
}

function wrongKey(): IdlewildError {
  const message = `${keyName} is not the key that signs this log.`;
  return new IdlewildError('log/wrong-key', message, {
    metaMessages: ['Bring back the file that belongs to the database, or both from one backup.'],
  });
}

interface Keys {
  file: string;
  nextFile: string;
  signer: NoteSigner;
}

function createLog(database: Database, keys: Keys): ReceiptLog {
  const origin = keys.signer.key.name;
  const reader = {
    read: (tilePath: string) => database.run('readLogTile', { tile: parseTilePath(tilePath) }),
  };
  let latest: { head: SignedHead; tree: TileTree } | null = null;

  async function sign(): Promise<boolean> {
    const { more, unsigned } = await database.run('appendToLog', {});
    if (unsigned) {
      const { size, root, publicKey } = unsigned;
      // Another replica may have changed the key; the files are the same for all of them.
      if (!isKey(keys.signer, publicKey)) keys.signer = await readSigner(keys.file, origin);
      if (!isKey(keys.signer, publicKey)) throw wrongKey();
      const checkpoint = signCheckpoint({ origin, size, root, extensions: [] }, keys.signer);
      await database.run('publishCheckpoint', { size, checkpoint });
    }
    return more;
  }

  async function signed() {
    const head = await database.run('readCheckpoint', null);
    if (!head) throw new IdlewildError('coordinator/busy', 'The log is not signed yet.');
    if (latest?.head.size !== head.size) {
      const { root } = parseCheckpoint(parseNote(head.checkpoint).text);
      latest = { head, tree: await openTileTree(reader, { size: head.size, root }) };
    }
    return { head, tree: latest.tree };
  }

  async function rotations(): Promise<Bytes[]> {
    const entries = await database.run('readRotations', null);
    return entries.map((entry) => {
      const decoded = decodeLogEntry(entry);
      if (decoded.kind !== 'rotation') throw new IdlewildError('log/damaged', 'No rotation.');
      return new Uint8Array(decoded.note);
    });
  }

  return {
    origin,
    rotations,
    step: sign,
    signed,
    async firstKey() {
      const [first] = await rotations();
      return first ? parseRotation(parseNote(first).text).oldKey : keys.signer.key;
    },
    async rotateKey() {
      await rotate(database, keys, { sign, signed });
    },
  };
}

/** The new key is on disk before the log names it, and takes its place after. */
async function rotate(
  database: Database,
  keys: Keys,
  { sign, signed }: { sign(): Promise<boolean>; signed: ReceiptLog['signed'] },
): Promise<void> {
  const nextName = path.basename(keys.nextFile);
  const pem = await openKeyFile(path.dirname(keys.file), nextName);
  const { name } = keys.signer.key;
  const next = makeNoteSigner(name, noteTypes.ed25519, createPrivateKey(pem));
  for (let changed = false; !changed; ) {
    while (await sign());
    const { tree } = await signed();
    const note = signRotation(
      { origin: name, size: tree.size, root: tree.root },
      keys.signer,
      next,
    );
    changed = await database.run('rotateLogKey', {
      size: tree.size,
      oldKey: keys.signer.key.publicKey,
      newKey: next.key.publicKey,
      note,
    });
  }
  keys.signer = next;
  await moveKeyFile(keys.nextFile, keys.file);
  await sign();
}
