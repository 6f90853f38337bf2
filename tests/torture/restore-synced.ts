// After a power cut the disk holds what was synced, and nothing else.
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';

/** @param image of the power layer; the data folder becomes what its tree says */
export async function restoreSynced(dataFolder: string, image: string): Promise<void> {
  await rm(dataFolder, { recursive: true });
  await cp(path.join(image, 'tree'), dataFolder, { recursive: true });
  await rm(image, { recursive: true });
}
