// A browser's refusal to store, as the one error that the contributor stops on.
import { IdlewildError } from '#protocol/errors.ts';

export function storageFull(cause?: unknown): IdlewildError {
  return new IdlewildError('cache/storage-full', 'This browser has no room left to store.', {
    metaMessages: ['Finished results are kept, and sent after the next start.'],
    cause,
  });
}

/** QuotaExceededError becomes cache/storage-full; anything else cache/storage-failed. */
export function storageError(cause: unknown): IdlewildError {
  if (cause instanceof IdlewildError) return cause;
  const { name, message } = cause as { name?: string; message?: string };
  if (name === 'QuotaExceededError' || /quota|no space|disk/i.test(message ?? '')) {
    return storageFull(cause);
  }
  const said = message || name || 'no reason given';
  return new IdlewildError('cache/storage-failed', `This browser refuses to store: ${said}`, {
    metaMessages: ['Private windows and blocked site data do that.'],
    cause,
  });
}
