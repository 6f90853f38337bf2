// A whole folder on disk: every file's content, then every folder's names.
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './sync-folder.ts';

/** Waits for the disk at once: a journal takes them together. */
const atOnce = 32;

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Its own name is on disk once its parent is synced. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = (kind: 'isFile' | 'isDirectory') =>
    entries
      .filter((entry) => entry[kind]())
      .map((entry) => path.join(entry.parentPath, entry.name));
  const files = paths('isFile');
  for (let at = 0; at < files.length; at += atOnce) {
    await Promise.all(files.slice(at, at + atOnce).map(syncFile));
  }
  for (const inner of [...paths('isDirectory'), folder]) await syncFolder(inner);
}
