// Digests as the simulation has them: '' is right, a lie is its teller's tag and the rows that are
// wrong. Friends who tell the same lie share the tag, so that their digests are equal.

export const right = '';

/** @param rows which are wrong, rising; null for all of them */
export function makeLie(tag: string, rows: readonly number[] | null): string {
  return rows === null ? `${tag}:*` : rows.length === 0 ? right : `${tag}:${rows.join(',')}`;
}

/** The digest of one row of a unit whose digest is given. */
export function rowDigest(digest: string, row: number): string {
  if (digest === right) return right;
  const colon = digest.indexOf(':');
  const rows = digest.slice(colon + 1);
  const wrong = rows === '*' || rows.split(',').includes(`${row}`);
  return wrong ? digest.slice(0, colon) : right;
}

export function countWrongRows(digest: string, rows: number): number {
  if (digest === right) return 0;
  const list = digest.slice(digest.indexOf(':') + 1);
  return list === '*' ? rows : list.split(',').length;
}
