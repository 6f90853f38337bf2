// A log of the laboratory as a coordinator serves it under /v1/log, and one that forks from it.
import { utf8 } from '#protocol/bytes.ts';
import { toBase64 } from '#protocol/signed-note-base64.ts';
import { formatVerifierKey } from '#protocol/signed-note-key.ts';
import { entryAt, type LabLog, logSigner, makeLabLog } from '../ledger/log-lab.ts';

/** What /v1/log serves. */
export function serve(
  log: LabLog,
  { signer = logSigner, first = logSigner, rotations = [] as Uint8Array[] } = {},
) {
  return async (path: string): Promise<Uint8Array | null> => {
    if (path === '/v1/log/keys') {
      const keys = { first: formatVerifierKey(first.key), rotations: rotations.map(toBase64) };
      return utf8(JSON.stringify(keys));
    }
    if (path === '/v1/log/checkpoint') return log.checkpoint(signer);
    return log.tiles.get(path.replace('/v1/log/', '')) ?? null;
  };
}

export const entries = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => entryAt(from + i));

/** Like makeLogOf, but for an early entry. */
export function forkOf(size: number): LabLog {
  const forked = entries(0, size);
  forked[size >> 3] = utf8('another');
  return makeLabLog(forked);
}
