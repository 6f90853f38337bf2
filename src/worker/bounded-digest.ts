// The digest of a bounded unit's rows, hashed by the browser: a row may have megabytes. The 2.3 MB of
// Whisper's encoder take 2 ms of CPU so, 11 ms by the portable sha256 (Node 20).
import type { Bytes } from '#protocol/bytes.ts';
import { merkleRoot } from '#protocol/merkle.ts';

/** What `boundedDigest` gives. */
export async function digestRows(rows: readonly Bytes[]): Promise<Bytes> {
  const digests: Bytes[] = [];
  for (const row of rows) digests.push(new Uint8Array(await crypto.subtle.digest('SHA-256', row)));
  return merkleRoot(digests);
}
