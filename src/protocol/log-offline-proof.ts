// A proof that can be kept in a file (C2SP tlog-proof): the index of an entry, its inclusion proof
// and the checkpoint, with whatever cosignatures that has. With the entry and the log's key it is
// all that anyone needs, years later and without the log.
import { type Bytes, equalBytes, utf8 } from './bytes.ts';
import {
  type LogTrust,
  type OpenedCheckpoint,
  openCheckpoint,
  parseHash,
  parseSize,
} from './checkpoint.ts';
import { assert, IdlewildError } from './errors.ts';
import { logLimits } from './log-limits.ts';
import { leafHash } from './merkle.ts';
import { verifyInclusion } from './merkle-verify.ts';
import { fromBase64, toBase64 } from './signed-note-base64.ts';
import type { VerifyEd25519 } from './signed-note-verify.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';

export interface OfflineProof {
  /** Unauthenticated: the salt of a sealed receipt goes here. Null where there is none. */
  extra: Uint8Array | null;
  index: number;
  /** Nearest sibling first. */
  proof: readonly Uint8Array[];
  /** The signed note, as the log served it. */
  checkpoint: Uint8Array;
}

function malformed(message: string): IdlewildError {
  return new IdlewildError('log/proof-malformed', message);
}

export function formatOfflineProof({ extra, index, proof, checkpoint }: OfflineProof): Bytes {
  const lines = [HEADER];
  if (extra) lines.push(`extra ${toBase64(extra)}`);
  lines.push(`index ${index}`, ...proof.map(toBase64), '', '');
  const head = utf8(lines.join('\n'));
  const bytes = new Uint8Array(head.length + checkpoint.length);
  bytes.set(head);
  bytes.set(checkpoint, head.length);
  assert(equalBytes(parseOfflineProof(bytes).checkpoint, checkpoint), 'it reads back as it was');
  return bytes;
}

/** @throws log/proof-malformed */
export function parseOfflineProof(bytes: Uint8Array): OfflineProof {
  if (bytes.length > 2 * logLimits.noteBytesMax) {
    throw malformed(`${bytes.length} bytes are above twice noteBytesMax.`);
  }
  const split = bytes.findIndex((byte, i) => byte === 10 && bytes[i + 1] === 10);
  if (split < 0) throw malformed('There is no empty line before the checkpoint.');
  const lines = new TextDecoder().decode(bytes.subarray(0, split)).split('\n');
  if (lines.shift() !== HEADER) throw malformed(`It does not begin with ${HEADER}.`);
  let extra: Bytes | null = null;
  if (lines[0]?.startsWith('extra ')) {
    extra = fromBase64(lines.shift()?.slice('extra '.length) ?? '');
    if (!extra) throw malformed('The extra data is not base64.');
  }
  const place = lines.shift();
  const index = place?.startsWith('index ') ? parseSize(place.slice('index '.length)) : null;
  if (index === null) throw malformed('There is no index.');
  if (lines.length > logLimits.proofHashesMax) {
    throw malformed(
      `${lines.length} hashes are above proofHashesMax (${logLimits.proofHashesMax}).`,
    );
  }
  const proof = lines.map((line) => {
    const hash = parseHash(line);
    if (!hash) throw malformed('A line of the proof is not 32 bytes of base64.');
    return hash;
  });
  return { extra, index, proof, checkpoint: bytes.slice(split + 2) };
}

export type CheckedProof =
  | (OpenedCheckpoint & { state: 'verified' })
  | { state: 'refused'; code: string; message: string };

/** True to its state: the entry lies at the proof's index in a tree that a trusted key signed. */
export async function checkOfflineProof(
  claim: { entry: Uint8Array; proof: OfflineProof },
  trust: LogTrust,
  verify: VerifyEd25519,
): Promise<CheckedProof> {
  const { entry, proof } = claim;
  const opened = await openCheckpoint(proof.checkpoint, trust, verify);
  if (opened.state === 'refused') return opened;
  const { size, root } = opened.checkpoint;
  const place = { hash: leafHash(entry), index: proof.index, size, proof: proof.proof, root };
  if (verifyInclusion(place)) return opened;
  const message = 'The proof does not lead from this entry to the signed root.';
  return { state: 'refused', code: 'log/not-included', message };
}
