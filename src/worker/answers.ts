// What the coordinator may say, checked field by field before the contributor believes it.
import * as v from 'valibot';
import { type Bytes, equalBytes } from '#protocol/bytes.ts';
import { IdlewildError, type WireError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { decodeUnitInput, type UnitInput, unitDigest } from '#protocol/unit.ts';
import type { Challenge, Lease, SessionAnswer, WorkAnswer } from '#protocol/wire.ts';

/** Longest wait that the contributor accepts from a coordinator. */
const retryMsMax = 3_600_000;
const verdictsMax = limits.workResultsMax + limits.workAwaitingMax;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Credit may fall by a correction. */
const amount = v.pipe(v.number(), v.safeInteger());
const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(4 * limits.textBytesMax));
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.textBytesMax));
const digest = v.pipe(v.instance(Uint8Array), v.length(32));

const totals = v.object({ accepted: count, pending: count, rejected: count, credit: amount });

const challenge = v.object({
  wire: count,
  nonce: digest,
  chainId: count,
  coordinator: text,
  expiresAt: count,
  challengeMs: milliseconds,
});

const sessionAnswer = v.object({ session: id, account: id, expiresInMs: milliseconds, totals });

const verdict = v.object({
  lease: id,
  state: v.picklist(['pending', 'accepted', 'rejected']),
  code: text,
  message: text,
  credit: amount,
  receipt: v.nullable(text),
});

const lease = v.object({
  lease: id,
  unit: digest,
  model: digest,
  rows: v.pipe(count, v.minValue(1), v.maxValue(limits.unitRowsMax)),
  cost: count,
  leaseMs: milliseconds,
  input: v.pipe(v.instance(Uint8Array), v.maxLength(limits.unitBytesMax)),
  deliver: v.picklist(['output', 'digest']),
  project: text,
});

const workAnswer = v.object({
  wire: count,
  verdicts: v.pipe(v.array(verdict), v.maxLength(verdictsMax)),
  leases: v.pipe(v.array(lease), v.maxLength(limits.workLeasesMax + limits.workHoldingMax)),
  retryAfterMs: v.pipe(
    milliseconds,
    v.transform((ms) => Math.min(ms, retryMsMax)),
  ),
  reason: v.nullable(v.object({ code: text, message: text })),
  totals,
  batch: v.nullable(
    v.object({
      project: text,
      unitsDone: count,
      unitsTotal: count,
      remainingMs: v.nullable(milliseconds),
    }),
  ),
});

const errorBody = v.object({
  error: v.object({
    code: text,
    message: text,
    retryable: v.boolean(),
    metaMessages: v.pipe(v.array(text), v.maxLength(32)),
  }),
});

function read<Schema extends v.GenericSchema>(schema: Schema, value: unknown, name: string) {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? name;
  throw new IdlewildError('coordinator/malformed', `The coordinator's ${name} is malformed.`, {
    metaMessages: [`${where}: ${issue.message}`],
  });
}

export function readChallenge(value: unknown): Challenge {
  return read(challenge, value, 'challenge');
}

export function readSessionAnswer(value: unknown): SessionAnswer {
  return read(sessionAnswer, value, 'session');
}

export function readWorkAnswer(value: unknown): WorkAnswer {
  return read(workAnswer, value, 'work answer');
}

/** Null unless it is a WireErrorBody. */
export function readErrorBody(value: unknown): WireError | null {
  const result = v.safeParse(errorBody, value);
  return result.success ? result.output.error : null;
}

/** @throws unit/malformed when the input is not what the lease says it is */
export function readLeaseInput({ input, unit, model, rows }: Lease): UnitInput & { unit: Bytes } {
  const named = unitDigest(input);
  if (!equalBytes(named, unit)) {
    throw new IdlewildError('unit/malformed', "The input's digest is not the unit's.");
  }
  const decoded = decodeUnitInput(input);
  if (!equalBytes(decoded.model, model) || decoded.rows.length !== rows) {
    throw new IdlewildError('unit/malformed', "The input's model or rows are not the lease's.");
  }
  return { ...decoded, unit: named };
}
