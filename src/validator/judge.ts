// The verdict on one unit of a batch, as a pure function of its results. The store calls it after
// every new result, every recomputation and every conviction, and writes down what it says. Audit
// units have a judge of their own (judge-audit.ts); the moves are in states.ts.
import { assert } from '#protocol/errors.ts';
import type { Level } from './policy.ts';
import { assertMove, type ResultState, resultMoves, type UnitState, unitMoves } from './states.ts';

/** A result without a final verdict. */
export interface Answer {
  lease: string;
  account: string;
  /** In any form that is equal exactly for equal digests. */
  digest: string;
  hasOutput: boolean;
  state: 'pending' | 'held';
  /** Its account has a run of confirmed results on this model and backend. */
  trusted: boolean;
  /** Its account is one of the operator's own, whose word is the coordinator's. */
  named: boolean;
}

export interface UnitView {
  state: UnitState;
  level: Level;
  /** Results asked for; 0 before the first lease. */
  wanted: number;
  answers: readonly Answer[];
  /** Of a done unit: its digest, and who stands behind the whole of it. */
  settled: { digest: string; confirmedBy: readonly string[] } | null;
  /** The coordinator's own digest, once it has recomputed the unit. */
  recomputed: string | null;
}

type RulingCode =
  | 'verdict/held'
  | 'verdict/disputed'
  | 'verdict/confirmed'
  | 'verdict/digest-mismatch'
  | 'verdict/superseded';

export interface Ruling {
  lease: string;
  account: string;
  result: ResultState;
  code: RulingCode;
  message: string;
  /** Accounts, or `coordinator`, whose whole results agreed with this one. */
  confirmedBy: string[];
  /** What becomes of the account's run of confirmed results. */
  run: 'longer' | 'kept' | 'reset';
}

export interface Judgement {
  state: UnitState;
  wanted: number;
  rulings: Ruling[];
  /** Set when the unit becomes held or done: its digest, and whose output it is. */
  decided: { digest: string; output: 'coordinator' | { lease: string } } | null;
}

const messages: Record<RulingCode, string> = {
  'verdict/held': 'Held until another machine has computed a row of this unit again.',
  'verdict/disputed': 'Another result of this unit differs; the coordinator computes it again.',
  'verdict/confirmed': 'Another result has the same digest.',
  'verdict/digest-mismatch': 'The digest differs from that of the recomputed unit.',
  'verdict/superseded': 'The unit was decided before this result came, on another digest.',
};

/** What every held result is told. */
export const heldNews = { code: 'verdict/held', message: messages['verdict/held'] } as const;

export function judge(unit: UnitView): Judgement {
  checkView(unit);
  const judgement = decide(unit);
  assertMove(unitMoves, unit.state, judgement.state);
  for (const { lease, result } of judgement.rulings) {
    const answer = unit.answers.find((one) => one.lease === lease);
    assert(answer, 'a ruling is on an answer');
    assertMove(resultMoves, answer.state, result);
  }
  const settles = judgement.state === 'held' || judgement.state === 'done';
  assert(!judgement.decided || settles, 'only a held or done unit has a digest');
  return judgement;
}

function checkView({ state, answers, settled }: UnitView): void {
  const accounts = new Set(answers.map(({ account }) => account));
  assert(accounts.size === answers.length, 'one answer an account');
  assert((state === 'done') === (settled !== null), 'done units alone are settled');
  const held = answers.some((answer) => answer.state === 'held');
  assert(!held || state === 'held', 'a held result is of a held unit');
}

function decide(unit: UnitView): Judgement {
  const { state, level, wanted, answers, settled, recomputed } = unit;
  const stay: Judgement = { state, wanted, rulings: [], decided: null };
  if (settled) return { ...stay, rulings: answers.map((answer) => ruleLate(answer, settled)) };
  if (answers.length === 0) return stay;
  if (recomputed !== null) return decideByCoordinator(unit, recomputed);
  const named = answers.find((answer) => answer.named && answer.hasOutput);
  if (named) return decideByNamed(unit, named);
  if (state === 'arbitrating' || state === 'withdrawn') return stay;

  if (answers.some(({ digest }) => digest !== answers[0].digest)) return dispute(unit);
  if (state === 'held') return { ...stay, rulings: answers.filter(isPending).map(holdLate) };
  if (level === 'trusted') return dispute(unit);
  const withOutput = answers.find(({ hasOutput }) => hasOutput);
  if (answers.length === 1) {
    if (wanted > 1 || !answers[0].trusted || !withOutput) {
      return { ...stay, wanted: Math.max(wanted, 2) };
    }
  } else if (!withOutput) return dispute(unit);
  assert(withOutput, 'a held unit has an output');
  return {
    state: 'held',
    wanted,
    rulings: answers.map((answer) => hold(answer, othersThan(answer, answers))),
    decided: { digest: withOutput.digest, output: { lease: withOutput.lease } },
  };
}

const isPending = ({ state }: Answer) => state === 'pending';

function dispute({ state, wanted, answers }: UnitView): Judgement {
  const held = answers.filter((answer) => !isPending(answer));
  const rulings = held.map((answer) => rule(answer, 'pending', 'verdict/disputed'));
  assert(state === 'open' || state === 'held', 'what is arbitrated already is not disputed again');
  return { state: 'arbitrating', wanted, rulings, decided: null };
}

/** The word of an account that the operator named is enough. */
function decideByNamed(unit: UnitView, named: Answer): Judgement {
  const judgement = decideByCoordinator(unit, named.digest);
  const rulings = judgement.rulings.map((ruling) => ({
    ...ruling,
    confirmedBy: ruling.confirmedBy.filter((name) => name !== 'coordinator'),
  }));
  const decided = judgement.decided && {
    digest: named.digest,
    output: { lease: named.lease },
  };
  return { ...judgement, rulings, decided };
}

function decideByCoordinator({ state, wanted, answers }: UnitView, digest: string): Judgement {
  const right = answers.filter((answer) => answer.digest === digest);
  const rulings = answers.map((answer) => {
    if (!right.includes(answer)) return refuse(answer);
    const confirmedBy = [...othersThan(answer, right), 'coordinator'];
    return {
      ...rule(answer, 'accepted', 'verdict/confirmed'),
      confirmedBy,
      run: 'longer' as const,
    };
  });
  if (state === 'withdrawn') return { state, wanted, rulings, decided: null };
  const source = right.find(({ hasOutput }) => hasOutput);
  const output = source ? { lease: source.lease } : ('coordinator' as const);
  return { state: 'done', wanted, rulings, decided: { digest, output } };
}

/** A mismatch with a digest that nobody confirmed whole proves nothing against the latecomer. */
function ruleLate(answer: Answer, settled: NonNullable<UnitView['settled']>): Ruling {
  const { digest, confirmedBy } = settled;
  if (answer.digest === digest) {
    return {
      ...rule(answer, 'accepted', 'verdict/confirmed'),
      confirmedBy: [...confirmedBy],
      run: confirmedBy.length > 0 ? 'longer' : 'kept',
    };
  }
  if (confirmedBy.length >= 2 || confirmedBy.includes('coordinator')) return refuse(answer);
  return rule(answer, 'rejected', 'verdict/superseded');
}

function hold(answer: Answer, confirmedBy: string[]): Ruling {
  const run = confirmedBy.length > 0 ? 'longer' : 'kept';
  return { ...rule(answer, 'held', 'verdict/held'), confirmedBy, run };
}

/** Of a unit that is held already: who agreed is confirmed with it. */
function holdLate(answer: Answer): Ruling {
  return { ...rule(answer, 'held', 'verdict/held'), run: 'longer' };
}

function refuse(answer: Answer): Ruling {
  return { ...rule(answer, 'rejected', 'verdict/digest-mismatch'), run: 'reset' };
}

function rule({ lease, account }: Answer, result: ResultState, code: RulingCode): Ruling {
  return { lease, account, result, code, message: messages[code], confirmedBy: [], run: 'kept' };
}

function othersThan(answer: Answer, all: readonly Answer[]): string[] {
  return all.filter((other) => other !== answer).map(({ account }) => account);
}
