// Which token a greedy decoder takes next, from the logits of one position: the likeliest that the
// rules allow. Whisper's rules for timestamps are here (its decoding.py, after Radford et al. 2022,
// section 4.5): times come in pairs, never fall, and open every transcript.
import { IdlewildError } from '#protocol/errors.ts';

interface TimestampRules {
  /** The first timestamp token, 0.00 s; every token from it on is a time. */
  begin: number;
  /** The token that says, in a request's start, that no times are wanted. */
  none: number;
  /** The latest first time, in tokens after `begin`. */
  initialMax: number;
}

export interface TokenRules {
  endToken: number;
  /** Never taken. */
  suppress: readonly number[];
  /** Not taken first. */
  beginSuppress: readonly number[];
  /** Null where the model, or the request, has no times. */
  timestamps: TimestampRules | null;
}

export interface ChosenToken {
  token: number;
  /** Natural logarithm of its probability among all that the rules allowed. */
  logProbability: number;
}

/**
 * @param logits of one position, one for each token of the vocabulary; not changed
 * @param generated what was taken before, without the request's start
 * @throws onnx/no-token where none has a finite logit
 */
export function chooseToken(
  logits: Float32Array,
  generated: readonly number[],
  rules: TokenRules,
): ChosenToken {
  const allowed = logits.slice();
  for (const token of rules.suppress) allowed[token] = Number.NEGATIVE_INFINITY;
  if (generated.length === 0) {
    for (const token of rules.beginSuppress) allowed[token] = Number.NEGATIVE_INFINITY;
  }
  if (rules.timestamps) applyTimestampRules(allowed, generated, { ...rules.timestamps, ...rules });
  const token = likeliest(allowed, 0, allowed.length);
  return { token, logProbability: allowed[token] - logSumExp(allowed, 0, allowed.length) };
}

/**
 * The likeliest of a few: a language, for one.
 * @throws onnx/no-token where none has a finite logit
 */
export function chooseAmong(logits: Float32Array, choices: ArrayLike<number>): number {
  const only = new Float32Array(logits.length).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < choices.length; i++) only[choices[i]] = logits[choices[i]];
  return likeliest(only, 0, only.length);
}

/** Of one token among all, 0 to 1: no rule is applied. */
export function probabilityOf(logits: Float32Array, token: number): number {
  return Math.exp(logits[token] - logSumExp(logits, 0, logits.length));
}

function applyTimestampRules(
  allowed: Float32Array,
  generated: readonly number[],
  rules: TimestampRules & TokenRules,
): void {
  const { begin, none, initialMax, endToken } = rules;
  const forbid = (from: number, until: number) =>
    allowed.fill(Number.NEGATIVE_INFINITY, from, until);
  const isTime = (token: number | undefined) => token !== undefined && token >= begin;
  forbid(none, none + 1);
  if (generated.length === 0) {
    forbid(0, begin);
    forbid(begin + initialMax + 1, allowed.length);
    return;
  }
  const closesPair = generated.length < 2 || isTime(generated.at(-2));
  const follows = isTime(generated.at(-1));
  // After a pair, or the opening time, comes text; after a time that ends text, a time or the end.
  if (follows && closesPair) forbid(begin, allowed.length);
  if (follows && !closesPair) forbid(0, endToken);
  const latest = generated.findLast(isTime);
  // The time that opens a segment may equal the one that closed the last; else it must grow.
  if (latest !== undefined) forbid(begin, follows && !closesPair ? latest : latest + 1);
  // All times together against the likeliest word: the model may know that a time is due, but not
  // which.
  const times = logSumExp(allowed, begin, allowed.length);
  const text = greatest(allowed, 0, begin);
  if (times > text) forbid(0, begin);
}

function greatest(logits: Float32Array, from: number, until: number): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let i = from; i < until; i++) if (logits[i] > best) best = logits[i];
  return best;
}

/** Of equals the first. */
function likeliest(logits: Float32Array, from: number, until: number): number {
  let best = -1;
  let value = Number.NEGATIVE_INFINITY;
  for (let i = from; i < until; i++) {
    if (logits[i] > value) {
      best = i;
      value = logits[i];
    }
  }
  if (best >= 0 && Number.isFinite(value)) return best;
  throw new IdlewildError('onnx/no-token', 'The decoder gave no finite logit to choose from.');
}

function logSumExp(logits: Float32Array, from: number, until: number): number {
  const most = greatest(logits, from, until);
  if (most === Number.NEGATIVE_INFINITY) return most;
  let sum = 0;
  for (let i = from; i < until; i++) sum += Math.exp(logits[i] - most);
  return most + Math.log(sum);
}
