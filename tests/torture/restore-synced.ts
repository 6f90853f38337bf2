// After a power cut the disk holds what was synced, and nothing else.
import { rm } from 'node:fs/promises';
import { restorePowerDisk } from './power-disk.ts';

/** The data folder becomes what the image says, and the image is begun anew. */
export async function restoreSynced(dataFolder: string, image: string): Promise<void> {
  await rm(dataFolder, { recursive: true });
  restorePowerDisk(image, dataFolder);
  await rm(image, { recursive: true });
}
