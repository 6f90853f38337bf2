// The verdict on one unit of a bounded model, as a pure function of which of its results agree. Floats
// differ honestly, so nobody is convicted by them: a result that nobody shares is not paid, and ends
// its account's run. Every unit is computed by two; where they differ a third is asked, and then the
// coordinator. docs/bounded.md says why two honest results are never parted.
import { assert } from '#protocol/errors.ts';
import type { Level } from './policy.ts';
import { assertMove, type ResultState, type UnitState, unitMoves } from './states.ts';

/** Results of a bounded unit before anybody is asked to judge. */
export const boundedWanted = 2;
/** Results that differ from one another before the coordinator computes the unit itself. */
const differingMax = 3;

/** A result without a verdict. */
interface BoundedAnswer {
  lease: string;
  account: string;
  /** The operator's own: its word is the coordinator's. */
  named: boolean;
}

/** What the comparison of the outputs said. */
export interface Compared {
  /** Leases whose outputs agree, each pair once. */
  pairs: readonly (readonly [string, string])[];
  /** Leases whose output agrees with the coordinator's own; null where it has not computed. */
  withCoordinator: readonly string[] | null;
  /** Of a done unit: leases whose output agrees with the one that it was done on. */
  withSettled: readonly string[] | null;
}

export interface BoundedView {
  state: UnitState;
  level: Level;
  wanted: number;
  answers: readonly BoundedAnswer[];
  compared: Compared;
}

interface BoundedRuling {
  lease: string;
  account: string;
  result: Extract<ResultState, 'accepted' | 'rejected'>;
  code: 'verdict/agreed' | 'verdict/differs' | 'verdict/superseded';
  message: string;
  /** Accounts, or `coordinator`, whose results agree with this one. */
  confirmedBy: string[];
  run: 'longer' | 'kept' | 'reset';
}

export interface BoundedJudgement {
  state: UnitState;
  wanted: number;
  rulings: BoundedRuling[];
  /** Set when the unit becomes done: whose output it is. */
  output: 'coordinator' | { lease: string } | null;
}

const messages = {
  'verdict/agreed': 'Another machine got the same, within what the model allows.',
  'verdict/differs': 'It differs from what other machines got by more than the model allows.',
  'verdict/superseded': 'The unit was decided before this result came, on another output.',
} as const;

export function judgeBounded(unit: BoundedView): BoundedJudgement {
  const judgement = decide(unit);
  assertMove(unitMoves, unit.state, judgement.state);
  return judgement;
}

function decide(unit: BoundedView): BoundedJudgement {
  const { state, level, wanted, answers, compared } = unit;
  const stay: BoundedJudgement = { state, wanted, rulings: [], output: null };
  if (answers.length === 0) return stay;
  if (compared.withSettled) return { ...stay, rulings: ruleLate(answers, compared.withSettled) };
  if (compared.withCoordinator) return decideBy(unit, compared.withCoordinator, 'coordinator');
  const agreeing = (answer: BoundedAnswer) => findAgreeing(unit, answer);
  const named = answers.find((answer) => answer.named);
  if (named) return decideBy(unit, [named.lease, ...agreeing(named)], { lease: named.lease });
  if (state !== 'open') return stay;
  if (level === 'trusted') return { ...stay, state: 'arbitrating' };
  const [best, most] = answers
    .map((answer) => [answer, agreeing(answer)] as const)
    .reduce((a, b) => (b[1].length > a[1].length ? b : a));
  if (most.length > 0) return decideBy(unit, [best.lease, ...most], { lease: best.lease });
  if (answers.length >= differingMax) return { ...stay, state: 'arbitrating' };
  return { ...stay, wanted: Math.max(boundedWanted, answers.length + 1) };
}

/** Leases of others whose outputs agree with this one's. */
function findAgreeing({ compared }: BoundedView, { lease }: BoundedAnswer): string[] {
  return compared.pairs.flatMap(([a, b]) => {
    if (a === lease) return [b];
    return b === lease ? [a] : [];
  });
}

function decideBy(
  { state, wanted, answers }: BoundedView,
  right: readonly string[],
  by: 'coordinator' | { lease: string },
): BoundedJudgement {
  const accepted = answers.filter(({ lease }) => right.includes(lease));
  const rulings = answers.map((answer): BoundedRuling => {
    if (!accepted.includes(answer)) return rule(answer, 'rejected', 'verdict/differs', 'reset');
    const others = accepted.filter((other) => other !== answer).map(({ account }) => account);
    const confirmedBy = by === 'coordinator' ? [...others, 'coordinator'] : others;
    return { ...rule(answer, 'accepted', 'verdict/agreed', 'longer'), confirmedBy };
  });
  if (state === 'withdrawn') return { state, wanted, rulings, output: null };
  // A result's own output where there is one: whoever is paid for it stands behind it.
  const [first] = accepted;
  const output = by === 'coordinator' && first ? { lease: first.lease } : by;
  return { state: 'done', wanted, rulings, output };
}

function ruleLate(answers: readonly BoundedAnswer[], right: readonly string[]): BoundedRuling[] {
  return answers.map((answer) =>
    right.includes(answer.lease)
      ? rule(answer, 'accepted', 'verdict/agreed', 'longer')
      : rule(answer, 'rejected', 'verdict/superseded', 'kept'),
  );
}

function rule(
  { lease, account }: BoundedAnswer,
  result: BoundedRuling['result'],
  code: BoundedRuling['code'],
  run: BoundedRuling['run'],
): BoundedRuling {
  assert(lease !== '', 'a ruling is on a lease');
  return { lease, account, result, code, message: messages[code], confirmedBy: [], run };
}
