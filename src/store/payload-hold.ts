// A backup at work holds the payloads: it copies what its copy of the database names, so that nothing
// of it may be deleted meanwhile. A file below DATA/blobs/held, made before the database is copied and
// touched every minute; that of a backup that died holds for ten.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface PayloadHold {
  release(): Promise<void>;
}

export const holdFolder = 'held';
const touchMs = 60_000;
const heldMsMax = 10 * 60_000;

/** @param blobFolder DATA/blobs */
export async function holdPayloads(blobFolder: string): Promise<PayloadHold> {
  const folder = path.join(blobFolder, holdFolder);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, randomUUID());
  await writeFile(file, '');
  const touch = async () => {
    const now = new Date();
    await utimes(file, now, now).catch(() => {});
  };
  const timer = setInterval(() => void touch(), touchMs).unref();
  return {
    async release() {
      clearInterval(timer);
      await rm(file, { force: true });
    },
  };
}

/** Asked after the rows have been changed and before files are removed. @throws where that is unknown */
export async function arePayloadsHeld(blobFolder: string): Promise<boolean> {
  const folder = path.join(blobFolder, holdFolder);
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const touched = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (Date.now() - touched <= heldMsMax) return true;
    await rm(file, { force: true });
  }
  return false;
}
