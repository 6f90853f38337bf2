// What can be said of a result without the database: does its session's key sign it, does its
// output have the digest that it states. Outputs are on disk when this returns.

import { verifySessionSignature } from '#ledger/session-signature.ts';
import { outputSize } from '#model/architecture.ts';
import { equalBytes, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { outputDigest } from '#protocol/unit.ts';
import {
  ARITHMETIC,
  type Envelope,
  type ResultPayload,
  type SubmittedResult,
  WIRE_VERSION,
} from '#protocol/wire.ts';
import type { CheckedResult } from '#store/work-item.ts';
import type { Context } from './context.ts';
import type { Session, Sessions } from './sessions.ts';
import { readCbor, resultPayload } from './wire-schemas.ts';

const nothing = new Uint8Array(32);

export interface ReadResult {
  submitted: SubmittedResult;
  /** Null with the reason where it cannot be read. */
  payload: ResultPayload | null;
  thrown?: unknown;
}

export function readResult(submitted: SubmittedResult): ReadResult {
  try {
    return { submitted, payload: readCbor(resultPayload, submitted.envelope.payload) };
  } catch (thrown) {
    return { submitted, payload: null, thrown };
  }
}

export interface CheckOptions {
  /** The one that brings it: of the same account as the signer, if not the same session. */
  session: Session;
  /** Leases whose output is to be kept. */
  outputsWanted: ReadonlySet<string>;
}

export async function checkResult(
  context: Context,
  sessions: Sessions,
  { submitted, payload, thrown }: ReadResult,
  { session, outputsWanted }: CheckOptions,
): Promise<CheckedResult> {
  const { envelope } = submitted;
  if (!payload) return unreadable(submitted, session, thrown);
  const checked: CheckedResult = {
    lease: payload.lease,
    session: payload.session,
    unit: payload.unit,
    model: payload.model,
    digest: payload.digest,
    rows: payload.rows,
    backend: payload.backend,
    outputBlob: null,
    ...copyEnvelope(envelope),
    fault: null,
  };
  const fault =
    (await findForgery(sessions, { submitted, payload, session })) ??
    findWrongOutput(context, payload, submitted.output);
  if (fault) return { ...checked, fault };
  if (!submitted.output || !outputsWanted.has(payload.lease)) return checked;
  return { ...checked, outputBlob: await context.blobs.pack(submitted.output) };
}

/** A request's bytes are views of its body, which is not to travel to the database. */
function copyEnvelope({ payload, signature }: Envelope): Envelope {
  return { payload: new Uint8Array(payload), signature: new Uint8Array(signature) };
}

/** Without a readable payload there is no lease to name. */
function unreadable(
  { envelope }: SubmittedResult,
  session: Session,
  thrown: unknown,
): CheckedResult {
  const detail = thrown instanceof IdlewildError ? thrown.shortMessage : 'unreadable';
  return {
    lease: 'unknown',
    session: session.id,
    unit: nothing,
    model: nothing,
    digest: nothing,
    rows: 0,
    backend: session.backend,
    outputBlob: null,
    ...copyEnvelope(envelope),
    fault: { code: 'result/malformed', message: `The result cannot be read: ${detail}` },
  };
}

interface ForgeryInput {
  submitted: SubmittedResult;
  payload: ResultPayload;
  session: Session;
}

async function findForgery(
  sessions: Sessions,
  { submitted, payload, session }: ForgeryInput,
): Promise<CheckedResult['fault']> {
  let signer = session;
  if (payload.session !== session.id) {
    try {
      signer = await sessions.findSigner(payload.session);
    } catch (thrown) {
      if (!(thrown instanceof IdlewildError) || !thrown.code.startsWith('session/')) throw thrown;
      return { code: thrown.code, message: thrown.shortMessage };
    }
    if (signer.account !== session.account) {
      return { code: 'session/foreign', message: 'The result was signed for another account.' };
    }
  }
  const { envelope } = submitted;
  if (!verifySessionSignature(envelope.payload, envelope.signature, signer.key)) {
    return { code: 'result/signature', message: 'The session key did not sign this result.' };
  }
  if (payload.wire !== WIRE_VERSION || payload.arithmetic !== ARITHMETIC) {
    return { code: 'result/version', message: 'The result is of another wire or arithmetic.' };
  }
  return null;
}

function findWrongOutput(
  { models }: Context,
  { model, rows, digest }: ResultPayload,
  output: Uint8Array | null,
): CheckedResult['fault'] {
  const served = models.find(toHex(model));
  if (!served) return { code: 'result/unknown-model', message: 'No such model is served here.' };
  if (!output) return null;
  const expected = rows * outputSize(served.manifest.config) * 4;
  if (output.length !== expected) {
    const message = `${output.length} bytes of output where ${expected} belong.`;
    return { code: 'result/output-length', message };
  }
  if (!equalBytes(outputDigest(output, rows), digest)) {
    return { code: 'result/output-digest', message: 'The output has not the digest stated.' };
  }
  return null;
}
