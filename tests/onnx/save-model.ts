// A model of the tests as the folder that a coordinator takes: manifest.json and shards/.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WholeModel } from './whole-model.ts';

export async function saveModel(folder: string, { manifest, shards }: WholeModel): Promise<void> {
  await mkdir(path.join(folder, 'shards'), { recursive: true });
  for (const [index, { sha256 }] of manifest.shards.entries()) {
    await writeFile(path.join(folder, 'shards', sha256), shards[index]);
  }
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
}
