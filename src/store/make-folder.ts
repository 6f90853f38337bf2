// A folder that is there after a power cut: each new name on its path is on disk when this resolves.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './sync-folder.ts';

/** @param mode of every folder that it makes */
export async function makeFolder(folder: string, mode = 0o700): Promise<void> {
  const whole = path.resolve(folder);
  const first = await mkdir(whole, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = whole; made.length >= first.length; made = path.dirname(made)) {
    await syncFolder(path.dirname(made));
  }
}
