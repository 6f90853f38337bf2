// Payloads as content-addressed files, DATA/blobs/ab/<sha256>: on disk before the commit that
// names them, so that a row never points at nothing. An orphan after a crash does no harm.
import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, type ReadStream } from 'node:fs';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Bytes, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';
import { isStorageFull, storageFull } from './storage-full.ts';

export interface BlobStore {
  /** @returns the sha256, in hex; the bytes are on disk */
  put(bytes: Uint8Array): Promise<string>;
  /** Writes chunks as they come; `bytesMax` ends it with blob/too-large. */
  putStream(chunks: AsyncIterable<Uint8Array>, bytesMax: number): Promise<StoredBlob>;
  /** @throws blob/damaged */
  read(blob: string): Promise<Bytes>;
  stream(blob: string, range?: { start: number; end: number }): ReadStream;
}

export interface StoredBlob {
  blob: string;
  bytes: number;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Opens the store and throws away what a crash left half-written. */
export async function openBlobStore(folder: string): Promise<BlobStore> {
  const temporary = path.join(folder, 'temporary');
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  for (let i = 0; i < 256; i++) {
    await mkdir(path.join(folder, i.toString(16).padStart(2, '0')), { recursive: true });
  }
  await syncFolder(folder);
  const home = (blob: string) => path.join(folder, blob.slice(0, 2), blob);

  async function keep(file: string, blob: string): Promise<void> {
    await rename(file, home(blob));
    await syncFolder(path.dirname(home(blob)));
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
    async read(blob) {
      const bytes = new Uint8Array(await readFile(home(blob)));
      if (toHex(sha256(bytes)) === blob) return bytes;
      throw new IdlewildError('blob/damaged', `Payload ${blob} is not what it is named after.`);
    },
    stream: (blob, range) => createReadStream(home(blob), range),
  };
}
