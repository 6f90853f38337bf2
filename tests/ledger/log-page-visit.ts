// What the page of log-page.browser.test.ts runs: one visit to a log, with what the page remembers
// from the last one.
import { parseCheckpoint } from '#protocol/checkpoint.ts';
import { followLog } from '#protocol/log-follow.ts';
import { parseNote } from '#protocol/signed-note.ts';
import { fromBase64 } from '#protocol/signed-note-base64.ts';
import { parseVerifierKey } from '#protocol/signed-note-key.ts';
import { verifyByWebCrypto } from '#protocol/signed-note-webcrypto.ts';
import { openTileTree } from '#protocol/tile-reader.ts';

/** Bytes travel into the page as base64. */
export interface Visit {
  origin: string;
  key: string;
  remembered: string | null;
  latest: string;
  /** By path. */
  tiles: Record<string, string>;
}

/** @returns `trusted`, or the code of the refusal */
async function visit({ origin, key, remembered, latest, tiles }: Visit): Promise<string> {
  const keys = [parseVerifierKey(key)];
  const bytes = fromBase64(latest) ?? new Uint8Array();
  const followed = await followLog({
    remembered: remembered === null ? null : fromBase64(remembered),
    latest: bytes,
    trust: { origin, keysAt: () => keys },
    verify: verifyByWebCrypto,
    async prove(size1, size2) {
      const read = (path: string) => (path in tiles ? fromBase64(tiles[path]) : null);
      const tree = await openTileTree({ read }, parseCheckpoint(parseNote(bytes).text));
      return tree.consistencyProof(size1, size2);
    },
  });
  return followed.state === 'trusted' ? followed.state : followed.code;
}

Object.assign(globalThis, { visit });
