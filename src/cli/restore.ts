// `idlewild restore`: a backup becomes a data folder, checked where it lies: the books, and the sha256
// of every payload. `idlewild serve` goes on from there.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { type BackupManifest, restoreBackup } from '#store/backup.ts';
import { requireEmpty } from './backup.ts';
import { createProgress } from './progress.ts';

/** @throws backup/... and leaves no half of a folder behind */
export async function restore(
  backup: string,
  dataFolder: string,
  onProgress?: (line: string) => void,
): Promise<BackupManifest> {
  await requireEmpty(dataFolder);
  try {
    return await restoreBackup(backup, dataFolder, onProgress);
  } catch (thrown) {
    await rm(dataFolder, { recursive: true, force: true });
    throw thrown;
  }
}

interface RestoreFlags {
  backup: string;
  data: string;
  json: boolean;
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('make a data folder of a backup, and check all of it')
    .requiredOption('--backup <folder>', 'made by `idlewild backup`')
    .requiredOption('--data <folder>', 'new or empty')
    .option('--json', 'print one JSON object on stdout', false)
    .action(async ({ backup, data, json }: RestoreFlags) => {
      const progress = createProgress(json);
      const manifest = await restore(path.resolve(backup), path.resolve(data), (line) =>
        progress.update(line),
      );
      const words = `Restored: ${manifest.receipts} receipts, ${manifest.payloads} payloads, all sound.`;
      progress.done(words);
      if (json) process.stdout.write(`${JSON.stringify(manifest)}\n`);
    });
}
