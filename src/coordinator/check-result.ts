// What can be said of a result without the database: can it be read, does its output have the digest
// that it states. Outputs are on disk when this returns.
import { outputSize } from '#model/architecture.ts';
import { checkRow } from '#model/check-row.ts';
import { boundedDigest, decodeBoundedOutput, decodeRowOutput } from '#protocol/bounded-unit.ts';
import { type Bytes, equalBytes, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { merkleRoot } from '#protocol/merkle.ts';
import { rowDigests } from '#protocol/unit.ts';
import {
  ARITHMETIC,
  BOUNDED,
  type ResultPayload,
  type SubmittedResult,
  WIRE_VERSION,
} from '#protocol/wire.ts';
import type { CheckedResult, Evidence } from '#store/work-item.ts';
import type { Context } from './context.ts';
import type { BoundedModel, ExactModel } from './model-store.ts';
import type { Session } from './sessions.ts';
import { resultPayload, viewBody } from './wire-schemas.ts';

const nothing = new Uint8Array(32);

export interface ReadResult {
  submitted: SubmittedResult;
  evidence: Evidence;
  /** Null with the reason where it cannot be read. Its byte strings are views of the evidence. */
  payload: ResultPayload | null;
  thrown?: unknown;
}

export function readResult(submitted: SubmittedResult, evidence: Evidence): ReadResult {
  try {
    return { submitted, evidence, payload: viewBody(resultPayload, evidence.payload) };
  } catch (thrown) {
    return { submitted, evidence, payload: null, thrown };
  }
}

/** What one call's results have in common. */
export interface Bringing {
  session: Session;
  /** Leases whose output is to be kept. */
  outputsWanted: ReadonlySet<string>;
}

export async function checkResult(
  context: Context,
  { submitted, evidence, payload, thrown }: ReadResult,
  { session, outputsWanted }: Bringing,
): Promise<CheckedResult> {
  if (!payload) return unreadable(evidence, session, thrown);
  const checked: CheckedResult = {
    lease: payload.lease,
    unit: payload.unit,
    model: payload.model,
    digest: payload.digest,
    rows: payload.rows,
    backend: payload.backend,
    outputBlob: null,
    evidence,
    fault: null,
  };
  const { fault, digests } = weigh(context, payload, submitted.output);
  if (fault) return { ...checked, fault };
  if (!submitted.output || !outputsWanted.has(payload.lease)) return checked;
  const outputBlob = await context.blobs.pack(submitted.output);
  if (digests) context.rowDigests.keep(outputBlob, digests);
  return { ...checked, outputBlob };
}

/** Without a readable payload there is no lease to name. */
function unreadable(evidence: Evidence, session: Session, thrown: unknown): CheckedResult {
  const detail = thrown instanceof IdlewildError ? thrown.shortMessage : 'unreadable';
  return {
    lease: 'unknown',
    unit: nothing,
    model: nothing,
    digest: nothing,
    rows: 0,
    backend: session.backend,
    outputBlob: null,
    evidence,
    fault: { code: 'result/malformed', message: `The result cannot be read: ${detail}` },
  };
}

interface Weighed {
  fault: CheckedResult['fault'];
  /** Of the output's rows, where it has one that is right. */
  digests?: Bytes[];
}

const faulty = (code: string, message: string): Weighed => ({ fault: { code, message } });
const wrongDigest = faulty('result/output-digest', 'The output has not the digest stated.');

function weigh({ models }: Context, payload: ResultPayload, output: Uint8Array | null): Weighed {
  const served = models.find(toHex(payload.model));
  const arithmetic = served?.kind === 'bounded' ? BOUNDED : ARITHMETIC;
  if (payload.wire !== WIRE_VERSION || payload.arithmetic !== arithmetic) {
    return faulty('result/version', 'The result is of another wire or arithmetic.');
  }
  if (!served) return faulty('result/unknown-model', 'No such model is served here.');
  if (!output) return { fault: null };
  return served.kind === 'exact'
    ? weighExact(served, payload, output)
    : weighBounded(served, payload, output);
}

function weighExact(
  served: ExactModel,
  { rows, digest }: ResultPayload,
  output: Uint8Array,
): Weighed {
  const expected = rows * outputSize(served.manifest.config) * 4;
  if (output.length !== expected) {
    const message = `${output.length} bytes of output where ${expected} belong.`;
    return faulty('result/output-length', message);
  }
  const digests = rowDigests(output, rows);
  return equalBytes(merkleRoot(digests), digest) ? { fault: null, digests } : wrongDigest;
}

/** Each row as the model's ports say; what its elements are is compared later. */
function weighBounded(
  { manifest }: BoundedModel,
  { rows, digest }: ResultPayload,
  output: Uint8Array,
): Weighed {
  try {
    const read = decodeBoundedOutput(output);
    if (read.length !== rows) {
      const message = `${read.length} rows of output where ${rows} belong.`;
      return faulty('result/output-length', message);
    }
    for (const row of read) checkRow(manifest, decodeRowOutput(row));
    return equalBytes(boundedDigest(read), digest) ? { fault: null } : wrongDigest;
  } catch (thrown) {
    if (!(thrown instanceof IdlewildError)) throw thrown;
    return faulty('result/output', thrown.shortMessage);
  }
}
