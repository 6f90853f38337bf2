// Payloads as files: large ones, DATA/blobs/ab/SHA256.RANDOM, and many small ones to a file
// (blob-packs.ts). On disk before the commit that names them, so that a row never points at nothing,
// and removed after the commit that names them no more. An orphan after a crash does no harm. Several
// coordinators may share the folder.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Bytes, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';
import { openBlobPacks } from './blob-packs.ts';
import { deletedBlob, fileOf } from './payload-files.ts';
import { arePayloadsHeld, holdFolder } from './payload-hold.ts';
import { isStorageFull, storageFull } from './storage-full.ts';
import { syncFolder } from './sync-folder.ts';

export interface BlobStore {
  /** Of a small one, by the hundred. @returns its name; the bytes are on disk */
  pack(bytes: Uint8Array): Promise<string>;
  /** Of many that will go at once, in a file that is theirs alone. @returns their names */
  packTogether(payloads: readonly Uint8Array[]): Promise<string[]>;
  /** Writes chunks as they come to a file of their own; `bytesMax` ends it with blob/too-large. */
  putStream(chunks: AsyncIterable<Uint8Array>, bytesMax: number): Promise<StoredBlob>;
  /** @throws blob/damaged, blob/deleted */
  read(blob: string): Promise<Bytes>;
  /** The same for packed ones, asked for in the order in which they were packed. */
  readAhead(blob: string): Promise<Bytes>;
  stream(blob: string, range?: { start: number; end: number }): ReadStream;
  /** Every file of payloads but the one being packed to, whole or half-written, below the folder. */
  listFiles(): Promise<string[]>;
  /** Milliseconds since it was written to, by the machine's clock, and its size; null for none. */
  look(file: string): Promise<{ ageMs: number; bytes: number } | null>;
  /** Files that no row names any more. Nothing that is gone already is missed. */
  remove(files: readonly string[]): Promise<void>;
  /** Whether a backup is copying: then nothing may be removed. */
  held(): Promise<boolean>;
  /** Lets go of files that were removed, by whichever coordinator. */
  rest(): Promise<void>;
  /** Waits for what is being packed. */
  close(): Promise<void>;
}

export interface StoredBlob {
  blob: string;
  bytes: number;
}

/** Half-written payloads of a crash. Younger ones may be another coordinator's uploads. */
const temporaryMsMax = 24 * 60 * 60_000;

async function clearTemporary(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > temporaryMsMax) await rm(file, { force: true });
  }
}

const digestLength = 64;
const prefixes = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

const deleted = () =>
  new IdlewildError('blob/deleted', 'The payload was deleted at the end of its retention.');

/** Opens the store and throws away what a crash left half-written. */
export async function openBlobStore(folder: string): Promise<BlobStore> {
  const temporary = path.join(folder, 'temporary');
  await clearTemporary(temporary);
  for (const name of [...prefixes, holdFolder]) {
    await mkdir(path.join(folder, name), { recursive: true });
  }
  const packs = await openBlobPacks(path.join(folder, 'packs'));
  await syncFolder(folder);
  await syncFolder(path.dirname(folder));
  const home = (blob: string) => path.join(folder, fileOf(blob));

  async function keep(file: string, blob: string): Promise<void> {
    await rename(file, home(blob));
    await syncFolder(path.dirname(home(blob)));
  }

  async function readAlone(blob: string): Promise<Bytes> {
    if (blob === deletedBlob) throw deleted();
    const bytes = new Uint8Array(await readFile(home(blob)));
    if (toHex(sha256(bytes)) === blob.slice(0, digestLength)) return bytes;
    throw new IdlewildError('blob/damaged', `Payload ${blob} is not what it is named after.`);
  }

  async function putStream(
    chunks: AsyncIterable<Uint8Array>,
    bytesMax: number,
  ): Promise<StoredBlob> {
    const file = path.join(temporary, randomUUID());
    const hash = createHash('sha256');
    let bytes = 0;
    const handle = await open(file, 'wx', 0o600);
    try {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > bytesMax) {
          throw new IdlewildError('blob/too-large', `More than ${bytesMax} bytes.`);
        }
        hash.update(chunk);
        await handle.writeFile(chunk);
      }
      await handle.sync();
    } catch (thrown) {
      await handle.close();
      await rm(file, { force: true });
      throw isStorageFull(thrown) ? storageFull(thrown) : thrown;
    }
    await handle.close();
    // Equal payloads have files of their own: each goes with its row.
    const blob = `${hash.digest('hex')}.${randomBytes(8).toString('hex')}`;
    await keep(file, blob);
    return { blob, bytes };
  }

  return {
    putStream,
    pack: packs.put,
    packTogether: packs.putTogether,
    read: (blob) => packs.read(blob) ?? readAlone(blob),
    readAhead: (blob) => packs.readAhead(blob) ?? readAlone(blob),
    stream: (blob, range) => packs.stream(blob, range) ?? createReadStream(home(blob), range),
    async listFiles() {
      const folders = ['packs', 'temporary', ...prefixes];
      const files: string[] = [];
      for (const name of folders) {
        const names = await readdir(path.join(folder, name));
        const others = names.filter((file) => file !== packs.writing());
        files.push(...others.map((file) => path.join(name, file)));
      }
      return files;
    },
    look: (file) =>
      stat(path.join(folder, file)).then(
        ({ mtimeMs, size }) => ({ ageMs: Date.now() - mtimeMs, bytes: size }),
        () => null,
      ),
    async remove(files) {
      for (const file of files) await rm(path.join(folder, file), { force: true });
      const homes = new Set(files.map((file) => path.dirname(file)));
      for (const name of homes) await syncFolder(path.join(folder, name));
      await packs.rest();
    },
    held: () => arePayloadsHeld(folder),
    rest: packs.rest,
    close: packs.close,
  };
}
