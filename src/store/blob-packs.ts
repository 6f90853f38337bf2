// Small payloads that come by the hundred a second, appended to a file of many: what arrives while
// the disk syncs shares the next write and its sync. A file of its own for each took 240 µs of CPU at
// 256 at once; this takes 10. A payload's name says where it lies and what it must be:
// PACK-OFFSET-LENGTH-SHA256. A tail that a crash tore off was never named by anything. Nothing in a
// pack is ever moved or changed: it goes whole, once nothing in it is named (coordinator/
// sweep-payloads.ts), so what lives long has packs of its own, and a shared one is short.
import { hash, randomBytes } from 'node:crypto';
import { constants, createReadStream, type ReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { createPackWindows } from './pack-windows.ts';
import { isStorageFull, storageFull } from './storage-full.ts';
import { syncFolder } from './sync-folder.ts';

export interface BlobPacks {
  /** @returns the payload's name; the bytes are on disk */
  put(bytes: Uint8Array): Promise<string>;
  /** In a pack of their own, which can go whole. @returns their names; the bytes are on disk */
  putTogether(payloads: readonly Uint8Array[]): Promise<string[]>;
  /** @returns null for a name of another kind @throws blob/damaged */
  read(blob: string): Promise<Bytes> | null;
  /** The same, with those packed beside it: for many in the order in which they were packed. */
  readAhead(blob: string): Promise<Bytes> | null;
  /** @returns null for a name of another kind */
  stream(blob: string, range?: { start: number; end: number }): ReadStream | null;
  /** The pack that is written to, if there is one. */
  writing(): string | null;
  /** Lets go of files that were removed, by whomever: until then the disk keeps their bytes. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

/** A pack is closed once it is as large as this. */
const packBytesMax = 64 << 20;
/**
 * Or as old: what it holds is then of one time, and is not needed longer than that. Far below
 * orphanMsMin (sweep-payloads.ts): nothing is written to a pack that may be looked at as an orphan.
 */
export const packMsMax = 60 * 60_000;
const packWaitingBytesMax = 256 << 20;
/** Payloads hashed between two breaths for other requests. */
const atOnce = 1_000;
/** Packs kept open for reading. */
const handlesMax = 64;

interface Place {
  pack: string;
  offset: number;
  length: number;
  digest: string;
}

const nameForm = /^([0-9a-f]{16})-(\d{1,15})-(\d{1,15})-([0-9a-f]{64})$/;

function parseName(blob: string): Place | null {
  const match = nameForm.exec(blob);
  if (!match) return null;
  const [, pack, offset, length, digest] = match;
  return { pack, offset: Number(offset), length: Number(length), digest };
}

const digestOf = (bytes: Uint8Array) => hash('sha256', bytes, 'hex');

interface Waiter {
  bytes: Uint8Array;
  resolve(blob: string): void;
  reject(error: unknown): void;
}

interface Pack {
  id: string;
  handle: FileHandle;
  size: number;
  /** By the clock that files are dated by. */
  openedAt: number;
}

/** @param folder synced by its maker */
export async function openBlobPacks(folder: string): Promise<BlobPacks> {
  await mkdir(folder, { recursive: true });
  const reader = createReader(folder);
  const writer = createWriter(folder);
  return {
    put: writer.put,
    putTogether: (payloads) => putTogether(folder, payloads),
    read(blob) {
      const place = parseName(blob);
      return place && reader.read(place, blob);
    },
    readAhead(blob) {
      const place = parseName(blob);
      return place && reader.readAhead(place, blob);
    },
    stream(blob, range) {
      const place = parseName(blob);
      if (!place) return null;
      const { pack, offset, length } = place;
      const { start, end } = range ?? { start: 0, end: length - 1 };
      const within = { start: offset + start, end: offset + Math.min(end, length - 1) };
      return createReadStream(path.join(folder, pack), within);
    },
    writing: writer.writing,
    async rest() {
      await writer.rest();
      await reader.rest();
    },
    async close() {
      await writer.close();
      await reader.close();
    },
  };
}

/** Its entry in the folder is on disk before anything in it is named. */
async function createPack(folder: string): Promise<Pack> {
  const id = randomBytes(8).toString('hex');
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  const handle = await open(path.join(folder, id), flags, 0o600);
  await syncFolder(folder);
  return { id, handle, size: 0, openedAt: Date.now() };
}

/** @returns the names of what was appended, for when it is synced */
async function append(pack: Pack, payloads: readonly Uint8Array[]): Promise<string[]> {
  await pack.handle.writev(payloads, pack.size);
  return payloads.map((bytes) => {
    const name = `${pack.id}-${pack.size}-${bytes.length}-${digestOf(bytes)}`;
    pack.size += bytes.length;
    return name;
  });
}

async function putTogether(folder: string, payloads: readonly Uint8Array[]): Promise<string[]> {
  const pack = await createPack(folder);
  const names: string[] = [];
  try {
    for (let at = 0; at < payloads.length; at += atOnce) {
      names.push(...(await append(pack, payloads.slice(at, at + atOnce))));
    }
    await pack.handle.datasync();
    return names;
  } catch (thrown) {
    throw isStorageFull(thrown) ? storageFull(thrown) : thrown;
  } finally {
    await pack.handle.close();
  }
}

function createWriter(folder: string) {
  let waiting: Waiter[] = [];
  let waitingBytes = 0;
  let pack: Pack | null = null;
  let running: Promise<void> | null = null;

  async function write(group: Waiter[]): Promise<void> {
    await closeOld();
    pack ??= await createPack(folder);
    const names = await append(
      pack,
      group.map(({ bytes }) => bytes),
    );
    await pack.handle.datasync();
    for (const [index, { resolve }] of group.entries()) resolve(names[index]);
    if (pack.size >= packBytesMax) await closePack();
  }

  async function closeOld(): Promise<void> {
    // Either way: a clock may be set.
    if (pack && Math.abs(Date.now() - pack.openedAt) > packMsMax) await closePack();
  }

  async function closePack(): Promise<void> {
    const { handle } = pack ?? {};
    pack = null;
    await handle?.close();
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      waitingBytes = 0;
      try {
        await write(group);
      } catch (thrown) {
        const error = isStorageFull(thrown) ? storageFull(thrown) : thrown;
        for (const { reject } of group) reject(error);
        // What lies at its end is unknown now.
        await closePack().catch(() => {});
      }
    }
    running = null;
  }

  return {
    put(bytes: Uint8Array): Promise<string> {
      if (waitingBytes + bytes.length > packWaitingBytesMax) {
        const message = `${waitingBytes} bytes wait to be written (packWaitingBytesMax).`;
        const busy = new IdlewildError('coordinator/busy', message, { retryable: true });
        return Promise.reject(busy);
      }
      waitingBytes += bytes.length;
      return new Promise((resolve, reject) => {
        waiting.push({ bytes, resolve, reject });
        running ??= run();
      });
    },
    writing: () => pack?.id ?? null,
    async rest() {
      if (!running) await closeOld();
    },
    async close() {
      while (running) await running;
      await closePack();
    },
  };
}

function createReader(folder: string) {
  /** The least lately used first. */
  const handles = new Map<string, Promise<FileHandle>>();

  function openForReading(pack: string): Promise<FileHandle> {
    const handle = handles.get(pack) ?? open(path.join(folder, pack), constants.O_RDONLY);
    handles.delete(pack);
    handles.set(pack, handle);
    if (handles.size > handlesMax) forget(handles.keys().next().value as string);
    return handle;
  }

  /** Node closes the file once nobody reads it any more. */
  function forget(pack: string): void {
    const handle = handles.get(pack);
    handles.delete(pack);
    handle?.then((file) => file.close()).catch(() => {});
  }

  const windows = createPackWindows(openForReading);

  async function read({ pack, offset, length, digest }: Place, blob: string): Promise<Bytes> {
    const bytes = new Uint8Array(length);
    try {
      const { bytesRead } = await (await openForReading(pack)).read(bytes, 0, length, offset);
      if (bytesRead === length && digestOf(bytes) === digest) return bytes;
    } catch (cause) {
      forget(pack);
      throw new IdlewildError('blob/damaged', `Payload ${blob} cannot be read.`, { cause });
    }
    forget(pack);
    throw new IdlewildError('blob/damaged', `Payload ${blob} is not what it is named after.`);
  }

  return {
    read,
    async readAhead(place: Place, blob: string): Promise<Bytes> {
      const { pack, offset, length, digest } = place;
      const bytes = await windows.read(pack, offset, length).catch(() => null);
      return bytes && digestOf(bytes) === digest ? bytes : read(place, blob);
    },
    async rest() {
      for (const [pack, handle] of [...handles]) {
        const links = await handle
          .then((file) => file.stat())
          .then(
            ({ nlink }) => nlink,
            () => 0,
          );
        if (links === 0) forget(pack);
      }
    },
    async close() {
      for (const pack of [...handles.keys()]) forget(pack);
    },
  };
}
