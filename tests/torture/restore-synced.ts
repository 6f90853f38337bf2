// After a power cut the disk holds what was synced, and nothing else.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { restorePowerDisk } from './power-disk.ts';

/** The data folder becomes what the image says, and the image is begun anew. */
export async function restoreSynced(dataFolder: string, image: string): Promise<void> {
  // Cut before the layer was there: nothing was written.
  if (!existsSync(image)) return;
  await rm(dataFolder, { recursive: true });
  restorePowerDisk(image, dataFolder);
  await rm(image, { recursive: true });
}
