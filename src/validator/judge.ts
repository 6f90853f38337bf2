// The verdict on one unit, as a pure function of its results. The coordinator calls it after every
// new result and after every recomputation of its own, and writes down what it says.
import { toHex } from '#protocol/bytes.ts';
import { assert } from '#protocol/errors.ts';

/**
 * A unit's states and what moves them (`answers` are results without a verdict):
 *
 * | from        | when                                                | to                     |
 * |-------------|-----------------------------------------------------|------------------------|
 * | open        | no answer, or fewer equal ones than wanted          | open                   |
 * | open        | one answer, one wanted, its account trusted         | done                   |
 * | open        | one answer, one wanted, its account not trusted     | open, two wanted       |
 * | open        | two or more equal answers, one with its output      | done                   |
 * | open        | answers differ, or agree and none brought an output | arbitrating            |
 * | open        | the coordinator recomputed it (partner)             | done                   |
 * | arbitrating | further answers                                     | arbitrating            |
 * | arbitrating | the coordinator recomputed it                       | done                   |
 * | done        | a late answer: ruled by the settled digest          | done                   |
 * | withdrawn   | answers, ruled once the coordinator recomputed them | withdrawn              |
 * | open, arbitrating | the batch was cancelled or has expired        | withdrawn (by the queue) |
 *
 * `done` is never left; a withdrawn unit is never delivered.
 */
export type UnitState = 'open' | 'arbitrating' | 'done' | 'withdrawn';

const moves: Record<UnitState, readonly UnitState[]> = {
  open: ['open', 'arbitrating', 'done'],
  arbitrating: ['arbitrating', 'done'],
  done: ['done'],
  withdrawn: ['withdrawn'],
};

export interface Answer {
  lease: string;
  account: string;
  digest: Uint8Array;
  hasOutput: boolean;
  /** Its account has a run of confirmed results on this model and backend. */
  trusted: boolean;
}

export interface UnitView {
  state: UnitState;
  wanted: number;
  answers: readonly Answer[];
  /** Of a done unit: the delivered digest and who stands behind it. */
  settled: { digest: Uint8Array; confirmedBy: readonly string[] } | null;
  /** The coordinator's own digest, once it has recomputed the unit. */
  recomputed: Uint8Array | null;
}

export interface Ruling {
  lease: string;
  accepted: boolean;
  code: 'verdict/confirmed' | 'verdict/trusted' | 'verdict/digest-mismatch' | 'verdict/superseded';
  message: string;
  /** Accounts, or `coordinator`, whose results agreed with this one. */
  confirmedBy: string[];
  /** What becomes of the account's run of confirmed results. */
  run: 'longer' | 'kept' | 'reset';
}

export interface Judgement {
  state: UnitState;
  wanted: number;
  rulings: Ruling[];
  /** Set when the unit becomes done: where its output is, and the digest. */
  decided: { digest: Uint8Array; output: 'coordinator' | { lease: string } } | null;
}

export function judge(unit: UnitView): Judgement {
  checkView(unit);
  const judgement = decide(unit);
  assert(moves[unit.state].includes(judgement.state), `${unit.state} never ${judgement.state}`);
  assert(
    (judgement.decided !== null) === (judgement.state === 'done' && unit.state !== 'done'),
    'a unit is decided once',
  );
  return judgement;
}

function checkView({ state, answers, settled }: UnitView): void {
  const accounts = new Set(answers.map(({ account }) => account));
  assert(accounts.size === answers.length, 'one answer an account');
  assert((state === 'done') === (settled !== null), 'done units alone are settled');
}

function decide(unit: UnitView): Judgement {
  const { state, wanted, answers, settled, recomputed } = unit;
  const stay: Judgement = { state, wanted, rulings: [], decided: null };
  if (settled) return { ...stay, rulings: answers.map((answer) => ruleLate(answer, settled)) };
  if (answers.length === 0) return stay;
  if (recomputed) return decideByCoordinator(unit, recomputed);
  if (state !== 'open') return stay;

  const digests = new Set(answers.map(({ digest }) => toHex(digest)));
  const withOutput = answers.find(({ hasOutput }) => hasOutput);
  if (digests.size > 1) return { ...stay, state: 'arbitrating' };
  if (answers.length === 1) {
    if (wanted === 1 && answers[0].trusted && withOutput) return decideByTrust(answers[0]);
    return { ...stay, wanted: Math.max(wanted, 2) };
  }
  if (!withOutput) return { ...stay, state: 'arbitrating' };
  return {
    state: 'done',
    wanted,
    rulings: answers.map((answer) => confirm(answer, others(answer, answers))),
    decided: { digest: withOutput.digest, output: { lease: withOutput.lease } },
  };
}

function decideByTrust(answer: Answer): Judgement {
  const ruling: Ruling = {
    lease: answer.lease,
    accepted: true,
    code: 'verdict/trusted',
    message: 'Accepted on the record of this account.',
    confirmedBy: [],
    run: 'kept',
  };
  const decided = { digest: answer.digest, output: { lease: answer.lease } };
  return { state: 'done', wanted: 1, rulings: [ruling], decided };
}

function decideByCoordinator({ state, wanted, answers }: UnitView, digest: Uint8Array): Judgement {
  const right = answers.filter((answer) => sameDigest(answer.digest, digest));
  const rulings = answers.map((answer) =>
    right.includes(answer)
      ? confirm(answer, [...others(answer, right), 'coordinator'])
      : refuse(answer),
  );
  if (state === 'withdrawn') return { state, wanted, rulings, decided: null };
  const source = right.find(({ hasOutput }) => hasOutput);
  const output = source ? { lease: source.lease } : ('coordinator' as const);
  return { state: 'done', wanted, rulings, decided: { digest, output } };
}

/** A mismatch with a digest that nobody confirmed proves nothing against the latecomer. */
function ruleLate(answer: Answer, settled: NonNullable<UnitView['settled']>): Ruling {
  const { digest, confirmedBy } = settled;
  if (sameDigest(answer.digest, digest)) return confirm(answer, [...confirmedBy]);
  if (confirmedBy.length >= 2) return refuse(answer);
  return {
    ...refuse(answer),
    code: 'verdict/superseded',
    message: 'The unit was decided before this result came, on another digest.',
    run: 'kept',
  };
}

function confirm({ lease }: Answer, confirmedBy: string[]): Ruling {
  const message = 'Another result has the same digest.';
  return {
    lease,
    accepted: true,
    code: 'verdict/confirmed',
    message,
    confirmedBy,
    run: confirmedBy.length > 0 ? 'longer' : 'kept',
  };
}

function refuse({ lease }: Answer): Ruling {
  return {
    lease,
    accepted: false,
    code: 'verdict/digest-mismatch',
    message: 'The digest differs from that of the recomputed unit.',
    confirmedBy: [],
    run: 'reset',
  };
}

function others(answer: Answer, all: readonly Answer[]): string[] {
  return all.filter((other) => other !== answer).map(({ account }) => account);
}

function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return toHex(a) === toHex(b);
}
