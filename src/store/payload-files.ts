// Where payloads lie below DATA/blobs: PACK-OFFSET-LENGTH-SHA256 in packs/PACK, any other in a file
// of its own name. A payload that was deleted has a name that is no file's.
import path from 'node:path';

/** What a column says that named a payload once. */
export const deletedBlob = 'deleted';

/** In packs/, or one of 256 folders. */
export function fileOf(blob: string): string {
  const [pack, ...rest] = blob.split('-');
  return rest.length > 0 ? path.join('packs', pack) : path.join(blob.slice(0, 2), blob);
}

/** Written by nobody else and never again: it can go as soon as its row says so. */
export function hasOwnFile(blob: string): boolean {
  return /^[0-9a-f]{64}\.[0-9a-f]{16}$/.test(blob);
}

export function isPacked(blob: string): boolean {
  return /^[0-9a-f]{16}-/.test(blob);
}
