// The judge against every row of the unit's table in states.ts, and against crowds that fast-check
// makes up.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answer, judge, type UnitView } from '#validator/judge.ts';
import { levels } from '#validator/policy.ts';
import { resultMoves, unitMoves } from '#validator/states.ts';

const answer = (account: string, change: Partial<Answer> = {}): Answer => ({
  lease: `lease of ${account}`,
  account,
  digest: 'right',
  hasOutput: false,
  state: 'pending',
  trusted: false,
  named: false,
  ...change,
});

const unit = (change: Partial<UnitView> = {}): UnitView => ({
  state: 'open',
  level: 'sampled',
  wanted: 2,
  answers: [],
  settled: null,
  recomputed: null,
  ...change,
});

describe('an open unit', () => {
  test('without answers stays as it is', () => {
    const stays = { state: 'open', wanted: 1, rulings: [], decided: null };
    expect(judge(unit({ wanted: 1 }))).toEqual(stays);
  });

  test('with one answer of a stranger asks for a second', () => {
    const answers = [answer('a', { hasOutput: true })];
    expect(judge(unit({ wanted: 1, answers }))).toMatchObject({ state: 'open', wanted: 2 });
  });

  test('with one answer of a trusted account is held where one is wanted, not where two are', () => {
    const answers = [answer('a', { hasOutput: true, trusted: true })];
    expect(judge(unit({ wanted: 1, answers }))).toMatchObject({
      state: 'held',
      decided: { digest: 'right', output: { lease: 'lease of a' } },
      rulings: [{ result: 'held', code: 'verdict/held', confirmedBy: [], run: 'kept' }],
    });
    expect(judge(unit({ answers }))).toMatchObject({ state: 'open', wanted: 2, rulings: [] });
  });

  test('with one trusted digest and no output asks for a second', () => {
    const answers = [answer('a', { trusted: true })];
    expect(judge(unit({ wanted: 1, answers }))).toMatchObject({ state: 'open', wanted: 2 });
  });

  test('with two equal answers is held, and each makes the other’s run longer', () => {
    const answers = [answer('a'), answer('b', { hasOutput: true })];
    expect(judge(unit({ answers }))).toMatchObject({
      state: 'held',
      decided: { output: { lease: 'lease of b' } },
      rulings: [
        { result: 'held', confirmedBy: ['b'], run: 'longer' },
        { result: 'held', confirmedBy: ['a'], run: 'longer' },
      ],
    });
  });

  test('is arbitrated where answers differ, none brought an output, or the level is trusted', () => {
    const differing = [answer('a', { hasOutput: true }), answer('b', { digest: 'wrong' })];
    const bare = [answer('a'), answer('b')];
    const one = [answer('a', { hasOutput: true, trusted: true })];
    const arbitrated = { state: 'arbitrating', rulings: [], decided: null };
    expect(judge(unit({ answers: differing }))).toMatchObject(arbitrated);
    expect(judge(unit({ answers: bare }))).toMatchObject(arbitrated);
    expect(judge(unit({ level: 'trusted', wanted: 1, answers: one }))).toMatchObject(arbitrated);
  });

  test('is done on the word of an account that the operator named', () => {
    const named = answer('own', { hasOutput: true, named: true });
    const judged = judge(unit({ level: 'trusted', wanted: 1, answers: [named] }));
    expect(judged).toMatchObject({
      state: 'done',
      decided: { digest: 'right', output: { lease: 'lease of own' } },
      rulings: [{ result: 'accepted', confirmedBy: [] }],
    });
    const other = answer('b', { digest: 'wrong' });
    expect(judge(unit({ answers: [named, other] })).rulings[1]).toMatchObject({
      result: 'rejected',
      code: 'verdict/digest-mismatch',
    });
  });
});

describe('a held unit', () => {
  const held = answer('a', { hasOutput: true, state: 'held' });

  test('takes a late answer that agrees', () => {
    const judged = judge(unit({ state: 'held', answers: [held, answer('late')] }));
    expect(judged).toMatchObject({ state: 'held', decided: null });
    expect(judged.rulings).toMatchObject([{ lease: 'lease of late', result: 'held' }]);
  });

  test('is arbitrated when a late answer differs, and nobody holds it any longer', () => {
    const late = answer('late', { digest: 'wrong' });
    expect(judge(unit({ state: 'held', answers: [held, late] }))).toMatchObject({
      state: 'arbitrating',
      rulings: [{ lease: 'lease of a', result: 'pending', code: 'verdict/disputed' }],
    });
  });
});

describe('the coordinator’s own digest', () => {
  test('accepts the right, refuses the wrong, and is delivered where no right output is', () => {
    const answers = [answer('liar', { hasOutput: true, digest: 'wrong' }), answer('b')];
    expect(judge(unit({ state: 'arbitrating', answers, recomputed: 'right' }))).toMatchObject({
      state: 'done',
      decided: { digest: 'right', output: 'coordinator' },
      rulings: [
        { result: 'rejected', code: 'verdict/digest-mismatch', run: 'reset' },
        { result: 'accepted', confirmedBy: ['coordinator'], run: 'longer' },
      ],
    });
  });

  test('judges what came to a withdrawn unit, and delivers nothing', () => {
    const answers = [answer('a', { hasOutput: true })];
    expect(judge(unit({ state: 'withdrawn', answers })).rulings).toEqual([]);
    expect(judge(unit({ state: 'withdrawn', answers, recomputed: 'right' }))).toMatchObject({
      state: 'withdrawn',
      decided: null,
      rulings: [{ result: 'accepted' }],
    });
  });
});

test('a latecomer to a done unit is right, proved wrong, or too late to be proved either', () => {
  const late = (change: Partial<Answer>, confirmedBy: string[]) =>
    judge(
      unit({
        state: 'done',
        answers: [answer('late', change)],
        settled: { digest: 'right', confirmedBy },
      }),
    ).rulings[0];
  const wrong = { digest: 'wrong' };
  expect(late({}, ['a'])).toMatchObject({ result: 'accepted', run: 'longer' });
  expect(late({}, [])).toMatchObject({ result: 'accepted', run: 'kept' });
  expect(late(wrong, ['a', 'b'])).toMatchObject({ code: 'verdict/digest-mismatch' });
  expect(late(wrong, ['coordinator'])).toMatchObject({ code: 'verdict/digest-mismatch' });
  expect(late(wrong, ['a'])).toMatchObject({ code: 'verdict/superseded', run: 'kept' });
});

test('one account cannot answer twice, and only a done unit is settled', () => {
  expect(() => judge(unit({ answers: [answer('a'), answer('a')] }))).toThrow('one answer');
  expect(() => judge(unit({ settled: { digest: 'right', confirmedBy: [] } }))).toThrow('settled');
  expect(() => judge(unit({ answers: [answer('a', { state: 'held' })] }))).toThrow('held');
});

const crowds = fc.record({
  level: fc.constantFrom(...levels),
  wanted: fc.constantFrom(1, 2),
  recomputed: fc.constantFrom('right', null),
  members: fc.uniqueArray(
    fc.record({
      account: fc.string({ minLength: 1, maxLength: 4 }),
      digest: fc.constantFrom('right', 'right', 'wrong', 'odd'),
      hasOutput: fc.boolean(),
      trusted: fc.boolean(),
    }),
    { selector: ({ account }) => account, maxLength: 6 },
  ),
});

test('every judgement moves by the tables, rules each answer once, and holds one digest', () => {
  fc.assert(
    fc.property(crowds, ({ members, ...change }) => {
      const answers = members.map(({ account, ...member }) => answer(account, member));
      const { state, rulings, decided } = judge(unit({ ...change, answers }));
      expect(unitMoves.open).toContain(state);
      expect(new Set(rulings.map(({ lease }) => lease)).size).toBe(rulings.length);
      for (const { result } of rulings) expect(resultMoves.pending).toContain(result);
      if (state === 'held') {
        expect(new Set(answers.map(({ digest }) => digest)).size).toBe(1);
        expect(rulings).toHaveLength(answers.length);
      }
      expect(decided !== null).toBe(state === 'held' || state === 'done');
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('once the coordinator has computed it, honest answers alone are accepted', () => {
  fc.assert(
    fc.property(crowds, ({ members }) => {
      const answers = members.map(({ account, ...member }) => answer(account, member));
      const judged = judge(unit({ state: 'arbitrating', answers, recomputed: 'right' }));
      expect(judged.rulings.map(({ result }) => result)).toEqual(
        answers.map(({ digest }) => (digest === 'right' ? 'accepted' : 'rejected')),
      );
    }),
    { seed: 2, numRuns: 300 },
  );
});
