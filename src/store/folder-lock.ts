// One process per data folder: two on one PGlite folder lose acknowledged rows in silence.
// The lock is a file with our pid; that of a dead process is taken over.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { IdlewildError } from '#protocol/errors.ts';

export interface FolderLock {
  release(): void;
}

const attemptsMax = 8;

/** A pid alone is not enough: after a reboot or in a container it may belong to a stranger. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** A power cut may leave the lock's name without its content. Process 0 would be our own group. */
function isPid(pid: number): boolean {
  return Number.isInteger(pid) && pid > 0;
}

function holderIsAlive(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
  return start === '' || processStart(pid) === start;
}

function readHolder(file: string): { pid: number; start: string } | null {
  try {
    const [pid, start = ''] = readFileSync(file, 'utf8').trim().split(' ');
    return { pid: Number(pid), start };
  } catch {
    return null;
  }
}

/** The living process that holds the folder, by its pid; null for a folder that is free. */
export function findHolder(folder: string): number | null {
  const holder = readHolder(path.join(folder, 'lock'));
  if (!holder || !Number.isInteger(holder.pid)) return null;
  return holderIsAlive(holder.pid, holder.start) ? holder.pid : null;
}

/** @throws coordinator/folder-in-use when a living process holds the folder */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'lock');
  const own = `${file}.${process.pid}`;
  const content = `${process.pid} ${processStart(process.pid)}`;
  writeFileSync(own, content);
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      try {
        // A link appears with its content or not at all, so no reader ever sees an empty lock.
        linkSync(own, file);
        return { release: () => releaseLock(file, content) };
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
      }
      const holder = readHolder(file);
      if (holder && isPid(holder.pid) && holderIsAlive(holder.pid, holder.start)) {
        throw new IdlewildError(
          'coordinator/folder-in-use',
          `Process ${holder.pid} is using this data folder.`,
          { metaMessages: ['Stop it first, or give this one another folder with --data.'] },
        );
      }
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new IdlewildError('coordinator/folder-in-use', 'Others are taking this data folder.');
}

function releaseLock(file: string, content: string): void {
  const holder = readHolder(file);
  if (holder && `${holder.pid} ${holder.start}` === content) rmSync(file, { force: true });
}
