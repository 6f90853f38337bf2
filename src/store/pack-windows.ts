// Pieces of packs kept in memory for payloads that are asked for in the order in which they were
// packed, as a batch's inputs are: one read of the disk for some 300 of them. One each took 40 µs of
// the main thread's CPU and 12 of the threads that read files.
import type { FileHandle } from 'node:fs/promises';
import type { Bytes } from '#protocol/bytes.ts';

export interface PackWindows {
  /** Unchecked. @returns null for what lies across two windows, or past the end @throws as the disk does */
  read(pack: string, offset: number, length: number): Promise<Bytes | null>;
}

const windowBytes = 256 << 10;
const windowsMax = 64;

export function createPackWindows(open: (pack: string) => Promise<FileHandle>): PackWindows {
  /** The least lately used first. */
  const windows = new Map<string, Promise<Bytes>>();

  async function load(pack: string, index: number): Promise<Bytes> {
    const bytes = new Uint8Array(windowBytes);
    const handle = await open(pack);
    const { bytesRead } = await handle.read(bytes, 0, windowBytes, index * windowBytes);
    return bytes.subarray(0, bytesRead);
  }

  function find(pack: string, index: number, fresh: boolean): Promise<Bytes> {
    const name = `${pack}-${index}`;
    const known = fresh ? undefined : windows.get(name);
    const window = known ?? load(pack, index);
    windows.delete(name);
    windows.set(name, window);
    if (windows.size > windowsMax) windows.delete(windows.keys().next().value as string);
    if (!known) {
      window.catch(() => {
        if (windows.get(name) === window) windows.delete(name);
      });
    }
    return window;
  }

  return {
    async read(pack, offset, length) {
      const index = Math.floor(offset / windowBytes);
      const from = offset - index * windowBytes;
      const to = from + length;
      if (to > windowBytes) return null;
      let window = await find(pack, index, false);
      // More may have been appended since.
      if (to > window.length) window = await find(pack, index, true);
      return to > window.length ? null : window.slice(from, to);
    },
  };
}
