// The digest of a bounded unit's rows. A large one is hashed by the browser: the 2.3 MB of Whisper's
// encoder take 2 ms of CPU so, 11 ms by the portable sha256. A small one is not worth the way to the
// browser's threads and back: 0.4 ms for the 15 kB of a line of text, against 0.1 ms (Node 20).
import type { Bytes } from '#protocol/bytes.ts';
import { merkleRoot } from '#protocol/merkle.ts';
import { sha256 } from '#sha256';

const rowBytesLarge = 64 << 10;

/** What `boundedDigest` gives. */
export async function digestRows(rows: readonly Bytes[]): Promise<Bytes> {
  const digests: Bytes[] = [];
  for (const row of rows) {
    const isLarge = row.length >= rowBytesLarge;
    digests.push(
      isLarge ? new Uint8Array(await crypto.subtle.digest('SHA-256', row)) : sha256(row),
    );
  }
  return merkleRoot(digests);
}
