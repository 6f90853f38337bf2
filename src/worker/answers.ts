// What the coordinator may say, checked field by field before the contributor believes it.
import { equalBytes } from '#protocol/bytes.ts';
import { IdlewildError, type WireError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { decodeUnitInput, type UnitInput, unitDigest } from '#protocol/unit.ts';
import type { Challenge, Lease, SessionAnswer, WorkAnswer } from '#protocol/wire.ts';
import { isBoundedInput } from './bounded-input.ts';
import {
  bytes,
  count,
  digest,
  duration,
  flag,
  list,
  Misfit,
  nullable,
  oneOf,
  record,
  type Shape,
  text,
  whole,
} from './shapes.ts';

/** Longest wait that the contributor accepts from a coordinator. */
const retryMsMax = 3_600_000;
const verdictsMax = limits.workResultsMax + limits.workAwaitingMax;

/** Credit may fall by a correction. */
const amount = whole();
const words = text(4 * limits.textBytesMax);
const id = text(limits.textBytesMax, 1);

const totals = record({
  accepted: count,
  pending: count,
  rejected: count,
  credit: amount,
  creditPending: count,
  creditHeld: count,
});

const challenge = record({
  wire: count,
  nonce: digest,
  chainId: count,
  coordinator: words,
  expiresAt: count,
  challengeMs: duration,
});

const sessionAnswer = record({
  session: id,
  account: id,
  expiresInMs: duration,
  consentExpiresInMs: duration,
  totals,
});

const verdict = record({
  lease: id,
  state: oneOf('pending', 'accepted', 'rejected'),
  code: words,
  message: words,
  credit: amount,
  receipt: nullable(words),
});

const lease = record({
  lease: id,
  unit: digest,
  model: digest,
  rows: whole(1, limits.unitRowsMax),
  cost: count,
  leaseMs: duration,
  input: bytes(limits.boundedInputBytesMax),
  deliver: oneOf('output', 'digest'),
  project: words,
  projectId: words,
});

const workAnswer = record({
  wire: count,
  verdicts: list(verdict, verdictsMax),
  leases: list(lease, limits.workLeasesMax + limits.workHoldingMax),
  retryAfterMs: duration,
  reason: nullable(record({ code: words, message: words })),
  totals,
  batch: nullable(
    record({
      project: words,
      unitsDone: count,
      unitsTotal: count,
      remainingMs: nullable(duration),
    }),
  ),
});

const errorBody = record({
  error: record({
    code: words,
    message: words,
    retryable: flag,
    metaMessages: list(words, 32),
  }),
});

/** @throws coordinator/malformed, with the place */
export function read<Value>(shape: Shape<Value>, value: unknown, name: string): Value {
  try {
    return shape(value, '');
  } catch (thrown) {
    if (!(thrown instanceof Misfit)) throw thrown;
    throw new IdlewildError('coordinator/malformed', `The coordinator's ${name} is malformed.`, {
      metaMessages: [name + thrown.message],
    });
  }
}

export function readChallenge(value: unknown): Challenge {
  return read(challenge, value, 'challenge');
}

export function readSessionAnswer(value: unknown): SessionAnswer {
  return read(sessionAnswer, value, 'session');
}

export function readWorkAnswer(value: unknown): WorkAnswer {
  const answer = read(workAnswer, value, 'work answer');
  return { ...answer, retryAfterMs: Math.min(answer.retryAfterMs, retryMsMax) };
}

/** Null unless it is a WireErrorBody. */
export function readErrorBody(value: unknown): WireError | null {
  try {
    return errorBody(value, '').error;
  } catch {
    return null;
  }
}

/**
 * @returns null for a bounded unit, which is read by the code that computes it
 * @throws unit/malformed when the input is not what the lease says it is
 */
export function readLeaseInput({ input, unit, model, rows }: Lease): UnitInput | null {
  const named = unitDigest(input);
  if (!equalBytes(named, unit)) {
    throw new IdlewildError('unit/malformed', "The input's digest is not the unit's.");
  }
  if (isBoundedInput(input)) return null;
  const decoded = decodeUnitInput(input);
  if (!equalBytes(decoded.model, model) || decoded.rows.length !== rows) {
    throw new IdlewildError('unit/malformed', "The input's model or rows are not the lease's.");
  }
  return decoded;
}
