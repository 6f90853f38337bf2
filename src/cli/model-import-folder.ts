// A bounded model on disk: manifest.json, shards/<sha256 hex> (the manifest's shards and its files
// alike), and source.json, which says what it was imported from and what was measured here. Written
// beside its place and renamed into it, so that no reader ever sees half a model.
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { IdlewildError } from '#protocol/errors.ts';

export interface BoundedFolder {
  manifestBytes: Uint8Array;
  /** By hex sha256. */
  blobs: ReadonlyMap<string, Uint8Array>;
  source: string;
}

/** @throws import/directory where the folder holds something that is not a model */
export async function writeBoundedFolder(directory: string, model: BoundedFolder): Promise<void> {
  const held: string[] = await readdir(directory).catch(() => []);
  if (held.length > 0 && !held.includes('manifest.json')) {
    throw new IdlewildError('import/directory', 'The output folder holds something else.', {
      metaMessages: ['Give a folder that is empty, new, or a model imported before.'],
    });
  }
  await mkdir(path.dirname(directory), { recursive: true });
  const draft = await mkdtemp(`${directory}.importing-`);
  try {
    await mkdir(path.join(draft, 'shards'));
    for (const [digest, bytes] of model.blobs) {
      await writeFile(path.join(draft, 'shards', digest), bytes);
    }
    await writeFile(path.join(draft, 'source.json'), model.source);
    await writeFile(path.join(draft, 'manifest.json'), model.manifestBytes);
    if (held.length > 0) await rename(directory, `${draft}.old`);
    await rename(draft, directory);
  } finally {
    for (const rest of [draft, `${draft}.old`]) await rm(rest, { recursive: true, force: true });
  }
}
