// A full disk, met by a payload or by the database: nothing is lost, and the same call succeeds once
// there is room again.
import { IdlewildError } from '#protocol/errors.ts';

/** Of the file system, and PostgreSQL's disk_full. */
const codes = new Set(['ENOSPC', 'EDQUOT', '53100']);

export function isStorageFull(thrown: unknown): boolean {
  return thrown instanceof Error && codes.has((thrown as NodeJS.ErrnoException).code ?? '');
}

export function storageFull(cause: unknown): IdlewildError {
  const message = 'The coordinator has no room left on its disk; nothing was taken.';
  return new IdlewildError('coordinator/storage-full', message, { retryable: true, cause });
}
