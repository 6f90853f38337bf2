// What a log sends to a witness, POST <prefix>/add-checkpoint (C2SP tlog-witness): the size that
// the witness signed last, a consistency proof from there, an empty line, the signed checkpoint.
import { type Bytes, concatBytes, utf8 } from './bytes.ts';
import { parseHash, parseSize } from './checkpoint.ts';
import { IdlewildError } from './errors.ts';
import { logLimits } from './log-limits.ts';
import { toBase64 } from './signed-note-base64.ts';

export interface CosignRequest {
  /** Leaves of the tree that the witness signed last, 0 for none. */
  oldSize: number;
  proof: readonly Uint8Array[];
  /** The signed note. */
  checkpoint: Uint8Array;
}

export function formatCosignRequest({ oldSize, proof, checkpoint }: CosignRequest): Bytes {
  const lines = [`old ${oldSize}`, ...proof.map(toBase64), '', ''];
  return concatBytes(utf8(lines.join('\n')), checkpoint);
}

function malformed(message: string): IdlewildError {
  return new IdlewildError('log/request-malformed', message);
}

/** @throws log/request-malformed; the checkpoint itself is not looked at */
export function parseCosignRequest(bytes: Uint8Array): CosignRequest {
  if (bytes.length > 2 * logLimits.noteBytesMax) {
    throw malformed(`${bytes.length} bytes are above twice noteBytesMax.`);
  }
  const split = bytes.findIndex((byte, i) => byte === 10 && bytes[i + 1] === 10);
  if (split < 0) throw malformed('There is no empty line before the checkpoint.');
  const [old, ...hashes] = new TextDecoder().decode(bytes.subarray(0, split)).split('\n');
  const oldSize = old.startsWith('old ') ? parseSize(old.slice('old '.length)) : null;
  if (oldSize === null) throw malformed('The first line is not `old` and a size.');
  if (hashes.length > logLimits.proofHashesMax) {
    throw malformed(
      `${hashes.length} hashes are above proofHashesMax (${logLimits.proofHashesMax}).`,
    );
  }
  const proof = hashes.map((line) => {
    const hash = parseHash(line);
    if (!hash) throw malformed('A line of the proof is not 32 bytes of base64.');
    return hash;
  });
  return { oldSize, proof, checkpoint: bytes.slice(split + 2) };
}
