// What a failing disk does to a payload, in every pack that holds one like it.
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';

type Spoil = (pack: { file: string; bytes: Buffer; at: number }) => Promise<void>;

async function spoilEach(dataFolder: string, payload: Uint8Array, spoil: Spoil): Promise<void> {
  const packs = path.join(dataFolder, 'blobs', 'packs');
  let count = 0;
  for (const name of await readdir(packs)) {
    const file = path.join(packs, name);
    for (;;) {
      const bytes = await readFile(file);
      const at = bytes.indexOf(payload);
      if (at < 0) break;
      await spoil({ file, bytes, at });
      count++;
    }
  }
  if (count === 0) throw new Error('No pack holds the payload.');
}

/** Turns one byte. */
export function spoilPayload(dataFolder: string, payload: Uint8Array): Promise<void> {
  return spoilEach(dataFolder, payload, ({ file, bytes, at }) => {
    bytes[at + 5] ^= 1;
    return writeFile(file, bytes);
  });
}

/** Cuts its pack off within it. */
export function cutPayload(dataFolder: string, payload: Uint8Array): Promise<void> {
  return spoilEach(dataFolder, payload, ({ file, at }) => truncate(file, at + 5));
}
