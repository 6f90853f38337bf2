// Bounded units as a game of numbers: outputs of a few floats, near the truth or far from it.
import type { Comparison } from '#protocol/comparison.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { agree } from '#validator/compare-outputs.ts';
import { type BoundedJudgement, boundedWanted, judgeBounded } from '#validator/judge-bounded.ts';

export function floats(values: readonly number[]): TensorMap {
  const data = new Uint8Array(new Float32Array(values).buffer);
  return { y: { dtype: 'float32', shape: [values.length], data } };
}

export const within = (absolute: number): Comparison => ({
  kind: 'close',
  outputs: { y: { absolute, relative: 0, cosine: -1 } },
});

export interface Contribution {
  account: string;
  output: TensorMap;
}

export interface Played {
  accepted: string[];
  rejected: string[];
  /** Whose output the unit is done on. */
  source: string;
  computed: number;
}

/** One unit from its first result to its verdict. @param next the next stranger's result */
export function playUnit(
  comparison: Comparison,
  truth: TensorMap,
  next: () => Contribution,
): Played {
  const answers: Contribution[] = [];
  let wanted = boundedWanted;
  let own = false;
  for (;;) {
    while (answers.length < wanted) answers.push(next());
    const judgement = judge(comparison, answers, own ? truth : null);
    if (judgement.state === 'done') return score(judgement, answers.length + (own ? 1 : 0));
    own = judgement.state === 'arbitrating';
    wanted = judgement.wanted;
  }
}

function judge(
  comparison: Comparison,
  answers: readonly Contribution[],
  truth: TensorMap | null,
): BoundedJudgement {
  const isSame = (a: TensorMap, b: TensorMap) => agree(comparison, [a], [b]);
  const pairs = answers.flatMap(({ account, output }, index) =>
    answers
      .slice(index + 1)
      .filter((other) => isSame(output, other.output))
      .map((other): [string, string] => [account, other.account]),
  );
  const withCoordinator =
    truth && answers.filter(({ output }) => isSame(output, truth)).map(({ account }) => account);
  return judgeBounded({
    state: truth ? 'arbitrating' : 'open',
    level: 'sampled',
    wanted: boundedWanted,
    answers: answers.map(({ account }) => ({ lease: account, account, named: false })),
    compared: { pairs, withCoordinator, withSettled: null },
  });
}

function score({ rulings, output }: BoundedJudgement, computed: number): Played {
  const named = (state: string) =>
    rulings.flatMap(({ lease, result }) => (result === state ? [lease] : []));
  const source = output === 'coordinator' ? output : (output?.lease ?? '');
  return { accepted: named('accepted'), rejected: named('rejected'), source, computed };
}
