// A model on disk: manifest.json, shards/<sha256 hex>, tokenizer.json, and source.json, which says
// what it was imported from. Written beside its place and renamed into it, so that no reader ever
// sees half a model.
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Manifest, manifestId, parseManifest } from '#model/manifest.ts';
import type { SavedModel } from '#model/save-encoder.ts';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';

const replaceAttemptsMax = 3;

interface ModelFolder {
  id: string;
  manifest: Manifest;
}

/** @throws import/directory where the folder holds something that is not a model */
export async function writeModelFolder(
  directory: string,
  model: SavedModel,
  files: { tokenizer: Uint8Array; source: string },
): Promise<void> {
  await mkdir(path.dirname(directory), { recursive: true });
  const draft = await mkdtemp(`${directory}.importing-`);
  try {
    await mkdir(path.join(draft, 'shards'));
    for (const [index, shard] of model.manifest.shards.entries()) {
      await writeFile(path.join(draft, 'shards', shard.sha256), model.shards[index]);
    }
    await writeFile(path.join(draft, 'tokenizer.json'), files.tokenizer);
    await writeFile(path.join(draft, 'source.json'), files.source);
    await writeFile(path.join(draft, 'manifest.json'), model.manifestBytes);
    await putInPlace(draft, directory, files.source);
  } finally {
    for (const rest of [draft, `${draft}.old`]) await rm(rest, { recursive: true, force: true });
  }
}

/** Another process may import the same model into the same place: either's work serves both. */
async function putInPlace(draft: string, directory: string, source: string): Promise<void> {
  for (let attempt = 1; !(await findModelFolder(directory, source)); attempt++) {
    try {
      await replaceFolder(draft, directory);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const wasRaced = code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT';
      if (!wasRaced || attempt === replaceAttemptsMax) throw error;
    }
  }
}

async function replaceFolder(draft: string, directory: string): Promise<void> {
  const held: string[] = await readdir(directory).catch(() => []);
  if (held.length > 0 && !held.includes('manifest.json')) {
    throw new IdlewildError('import/directory', 'The output folder holds something else.', {
      metaMessages: ['Give a folder that is empty, new, or a model imported before.'],
    });
  }
  if (held.length > 0) await rename(directory, `${draft}.old`);
  await rename(draft, directory);
}

/** The model in a folder if it came from just this source and every byte of it is whole. */
export async function findModelFolder(
  directory: string,
  source: string,
): Promise<ModelFolder | null> {
  try {
    const read = (...names: string[]) => readFile(path.join(directory, ...names));
    if ((await read('source.json')).toString() !== source) return null;
    const bytes = await read('manifest.json');
    const manifest = parseManifest(bytes);
    const blobs = manifest.shards.map((shard) => ({ shard, names: ['shards', shard.sha256] }));
    blobs.push({ shard: manifest.tokenizer, names: ['tokenizer.json'] });
    for (const { shard, names } of blobs) {
      if (toHex(sha256(await read(...names))) !== shard.sha256) return null;
    }
    return { id: manifestId(bytes), manifest };
  } catch {
    return null;
  }
}
