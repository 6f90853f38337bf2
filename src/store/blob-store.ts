// Payloads as files: content-addressed ones, DATA/blobs/ab/<sha256>, and many small ones to a file
// (blob-packs.ts). On disk before the commit that names them, so that a row never points at nothing.
// An orphan after a crash does no harm. Several coordinators may share the folder.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Bytes, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';
import { openBlobPacks } from './blob-packs.ts';
import { isStorageFull, storageFull } from './storage-full.ts';
import { syncFolder } from './sync-folder.ts';

export interface BlobStore {
  /** @returns the sha256, in hex; the bytes are on disk */
  put(bytes: Uint8Array): Promise<string>;
  /** The same for small ones by the hundred. @returns the payload's name, of another form */
  pack(bytes: Uint8Array): Promise<string>;
  /** Writes chunks as they come; `bytesMax` ends it with blob/too-large. */
  putStream(chunks: AsyncIterable<Uint8Array>, bytesMax: number): Promise<StoredBlob>;
  /** @throws blob/damaged */
  read(blob: string): Promise<Bytes>;
  /** The same for packed ones, asked for in the order in which they were packed. */
  readAhead(blob: string): Promise<Bytes>;
  stream(blob: string, range?: { start: number; end: number }): ReadStream;
  /** Waits for what is being packed. */
  close(): Promise<void>;
}

export interface StoredBlob {
  blob: string;
  bytes: number;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
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

/** Opens the store and throws away what a crash left half-written. */
export async function openBlobStore(folder: string): Promise<BlobStore> {
  const temporary = path.join(folder, 'temporary');
  await clearTemporary(temporary);
  for (let i = 0; i < 256; i++) {
    await mkdir(path.join(folder, i.toString(16).padStart(2, '0')), { recursive: true });
  }
  const packs = await openBlobPacks(path.join(folder, 'packs'));
  await syncFolder(folder);
  await syncFolder(path.dirname(folder));
  const home = (blob: string) => path.join(folder, blob.slice(0, 2), blob);

  async function keep(file: string, blob: string): Promise<void> {
    await rename(file, home(blob));
    await syncFolder(path.dirname(home(blob)));
  }

  async function readAlone(blob: string): Promise<Bytes> {
    const bytes = new Uint8Array(await readFile(home(blob)));
    if (toHex(sha256(bytes)) === blob) return bytes;
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
    const blob = hash.digest('hex');
    await keep(file, blob);
    return { blob, bytes };
  }

  return {
    putStream,
    async put(bytes) {
      const blob = toHex(sha256(bytes));
      // An earlier put may have been renamed and not synced yet: sync the folder in any case.
      if (await exists(home(blob))) await syncFolder(path.dirname(home(blob)));
      else await putStream([bytes] as never, Number.POSITIVE_INFINITY);
      return blob;
    },
    pack: packs.put,
    read: (blob) => packs.read(blob) ?? readAlone(blob),
    readAhead: (blob) => packs.readAhead(blob) ?? readAlone(blob),
    stream: (blob, range) => packs.stream(blob, range) ?? createReadStream(home(blob), range),
    close: packs.close,
  };
}
