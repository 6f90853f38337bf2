// One step of a witness (C2SP tlog-witness, add-checkpoint): from what it signed last and a request
// to an HTTP answer and, with status 200, what it must have stored before it sends that. Pure; the
// caller compares and stores in one transaction, else two requests could roll it back.
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '#protocol/checkpoint.ts';
import { type CosignRequest, parseCosignRequest } from '#protocol/cosign-request.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { compareHeads, isPossibleHead } from '#protocol/log-follow.ts';
import { formatNote, formatSignatureLine, parseNote } from '#protocol/signed-note.ts';
import type { VerifierKey } from '#protocol/signed-note-key.ts';
import { cosign, type NoteSigner, verifyByNode } from './log-signer.ts';

/** What a witness knows of one log. */
export interface WitnessedLog {
  /** Those that may sign a tree of `size` leaves. */
  keysAt(size: number): readonly VerifierKey[];
  /** The checkpoint that it cosigned last, null for none. */
  last: Pick<Checkpoint, 'size' | 'root'> | null;
}

export interface WitnessOptions {
  /** The log of an origin, null for one that this witness does not serve. */
  findLog(origin: string): WitnessedLog | null;
  signer: NoteSigner;
  /** POSIX time. */
  nowSeconds: number;
}

type Refusal = 400 | 403 | 404 | 409 | 422;

export type WitnessAnswer =
  | {
      status: 200;
      /** Signature lines, the body of the answer. */
      body: string;
      /** To be stored, in place of `last`, before the answer is sent. */
      checkpoint: Checkpoint;
      /** The checkpoint with the log's signatures and this one: what a monitor may fetch. */
      note: Uint8Array;
    }
  | {
      status: Refusal;
      /** Such as witness/unknown-origin, witness/stale, witness/forked. */
      code: string;
      body: string;
      contentType: 'text/plain; charset=utf-8' | 'text/x.tlog.size';
      /** The signed checkpoint, where it may prove that the log misbehaves: keep it. */
      evidence: Uint8Array | null;
    };

function refuse(status: Refusal, what: string, message: string): WitnessAnswer {
  const code = `witness/${what}`;
  const contentType = 'text/plain; charset=utf-8';
  return { status, code, body: `${message}\n`, contentType, evidence: null };
}

export async function answerAddCheckpoint(
  body: Uint8Array,
  options: WitnessOptions,
): Promise<WitnessAnswer> {
  let request: CosignRequest;
  let origin: string;
  try {
    request = parseCosignRequest(body);
    ({ origin } = parseCheckpoint(parseNote(request.checkpoint).text));
  } catch (thrown) {
    if (!(thrown instanceof IdlewildError)) throw thrown;
    return refuse(400, 'malformed', thrown.shortMessage);
  }
  const log = options.findLog(origin);
  if (!log) return refuse(404, 'unknown-origin', 'This witness does not know the log.');
  const trust = { origin, keysAt: log.keysAt };
  const opened = await openCheckpoint(request.checkpoint, trust, verifyByNode);
  if (opened.state === 'refused') {
    return refuse(403, opened.code.replace('log/', ''), opened.message);
  }
  const refusal = judge(request, opened.checkpoint, log);
  if (refusal) return refusal;
  const { text, signatures } = opened.note;
  const signature = cosign(text, options.signer, options.nowSeconds);
  const own = logSignatures(signatures, log.keysAt(opened.checkpoint.size));
  const signed = { text, signatures: [...own, signature] };
  return {
    status: 200,
    body: formatSignatureLine(signature),
    checkpoint: opened.checkpoint,
    note: formatNote(signed),
  };
}

/** Those of the log alone: strangers' signatures are not passed on. */
function logSignatures<T extends { name: string; keyId: number }>(
  signatures: readonly T[],
  keys: readonly VerifierKey[],
): T[] {
  return signatures.filter(({ name, keyId }) =>
    keys.some((key) => key.name === name && key.keyId === keyId),
  );
}

/** The checks after the signature's, in the specification's order; null if all hold. */
function judge(request: CosignRequest, next: Checkpoint, log: WitnessedLog): WitnessAnswer | null {
  const { oldSize, proof, checkpoint: evidence } = request;
  const lastSize = log.last?.size ?? 0;
  if (oldSize > next.size) {
    return refuse(400, 'older', 'The old size is above the size of the checkpoint.');
  }
  if (oldSize !== lastSize) {
    const body = `${lastSize}\n`;
    const contentType = 'text/x.tlog.size';
    return { status: 409, code: 'witness/stale', body, contentType, evidence: null };
  }
  if (!isPossibleHead(next)) {
    return refuse(422, 'empty-root', 'A tree without leaves has another root.');
  }
  const misplaced = oldSize === 0 && proof.length > 0;
  const relation = log.last && oldSize > 0 ? compareHeads(log.last, next, proof) : 'grown';
  if (relation === 'forked') {
    const refusal = refuse(422, 'forked', 'Another tree of this size was signed before.');
    return { ...refusal, evidence } as WitnessAnswer;
  }
  if (misplaced || relation === 'unproven' || (relation === 'same' && proof.length > 0)) {
    const refusal = refuse(422, 'inconsistent', 'The consistency proof does not hold.');
    return { ...refusal, evidence } as WitnessAnswer;
  }
  return null;
}
