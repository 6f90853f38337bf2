// The judge against every row of its table, and against honest, lying and lazy crowds.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answer, judge, type UnitView } from '#validator/judge.ts';
import { confirmedRunMin, isTrusted, resultsWanted, runAfter } from '#validator/policy.ts';

const digest = (fill: number) => new Uint8Array(32).fill(fill);
const right = digest(1);

const answer = (account: string, change: Partial<Answer> = {}): Answer => ({
  lease: `lease of ${account}`,
  account,
  digest: right,
  hasOutput: false,
  trusted: false,
  ...change,
});

const unit = (change: Partial<UnitView>): UnitView => ({
  state: 'open',
  wanted: 2,
  answers: [],
  settled: null,
  recomputed: null,
  ...change,
});

describe('an open unit', () => {
  test('without answers stays as it is', () => {
    expect(judge(unit({ wanted: 1 }))).toEqual({
      state: 'open',
      wanted: 1,
      rulings: [],
      decided: null,
    });
  });

  test('with one answer waits for a second, even where one was wanted of a stranger', () => {
    const answers = [answer('a', { hasOutput: true })];
    expect(judge(unit({ wanted: 1, answers }))).toMatchObject({
      state: 'open',
      wanted: 2,
      rulings: [],
    });
  });

  test('with one answer of a trusted account is done where one is wanted, not where two are', () => {
    const answers = [answer('a', { hasOutput: true, trusted: true })];
    const done = judge(unit({ wanted: 1, answers }));
    expect(done).toMatchObject({
      state: 'done',
      decided: { digest: right, output: { lease: 'lease of a' } },
      rulings: [{ accepted: true, code: 'verdict/trusted', confirmedBy: [], run: 'kept' }],
    });
    expect(judge(unit({ answers }))).toMatchObject({ state: 'open' });
  });

  test('with equal answers is done, and each confirms the other', () => {
    const answers = [answer('a'), answer('b', { hasOutput: true })];
    expect(judge(unit({ answers }))).toMatchObject({
      state: 'done',
      decided: { output: { lease: 'lease of b' } },
      rulings: [
        { lease: 'lease of a', accepted: true, confirmedBy: ['b'], run: 'longer' },
        { lease: 'lease of b', accepted: true, confirmedBy: ['a'], run: 'longer' },
      ],
    });
  });

  test('with answers that differ, or none with an output, is for the arbiter', () => {
    const differing = [answer('a', { hasOutput: true }), answer('b', { digest: digest(2) })];
    expect(judge(unit({ answers: differing }))).toMatchObject({
      state: 'arbitrating',
      rulings: [],
    });
    const bare = [answer('a'), answer('b')];
    expect(judge(unit({ answers: bare }))).toMatchObject({ state: 'arbitrating', rulings: [] });
  });
});

describe('the arbiter', () => {
  test('accepts the right, refuses the wrong, and delivers its own output if it must', () => {
    const answers = [answer('liar', { hasOutput: true, digest: digest(2) }), answer('b')];
    const judgement = judge(unit({ state: 'arbitrating', answers, recomputed: right }));
    expect(judgement).toMatchObject({
      state: 'done',
      decided: { digest: right, output: 'coordinator' },
      rulings: [
        { accepted: false, code: 'verdict/digest-mismatch', run: 'reset' },
        { accepted: true, code: 'verdict/confirmed', confirmedBy: ['coordinator'], run: 'longer' },
      ],
    });
  });

  test('judges what came to a withdrawn unit, and delivers nothing', () => {
    const answers = [answer('a', { hasOutput: true })];
    expect(judge(unit({ state: 'withdrawn', answers }))).toMatchObject({ rulings: [] });
    expect(judge(unit({ state: 'withdrawn', answers, recomputed: right }))).toMatchObject({
      state: 'withdrawn',
      decided: null,
      rulings: [{ accepted: true }],
    });
  });
});

describe('a latecomer to a done unit', () => {
  const late = (change: Partial<Answer>, confirmedBy: string[]) =>
    judge(
      unit({
        state: 'done',
        answers: [answer('late', change)],
        settled: { digest: right, confirmedBy },
      }),
    ).rulings[0];

  test('is right, wrong against two, or unproved against one', () => {
    expect(late({}, ['a'])).toMatchObject({ accepted: true, confirmedBy: ['a'] });
    const wrong = { digest: digest(2) };
    expect(late(wrong, ['a', 'b'])).toMatchObject({
      code: 'verdict/digest-mismatch',
      run: 'reset',
    });
    expect(late(wrong, ['a'])).toMatchObject({ code: 'verdict/superseded', run: 'kept' });
  });
});

test('an honest result is never refused once the coordinator recomputes, a wrong one always', () => {
  const crowd = fc.uniqueArray(
    fc.record({
      account: fc.string({ minLength: 1 }),
      honest: fc.boolean(),
      hasOutput: fc.boolean(),
    }),
    { selector: ({ account }) => account, minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(crowd, (members) => {
      const answers = members.map(({ account, honest, hasOutput }, i) =>
        answer(account, { digest: honest ? right : digest(2 + i), hasOutput }),
      );
      const { rulings } = judge(unit({ state: 'arbitrating', answers, recomputed: right }));
      expect(rulings.map(({ accepted }) => accepted)).toEqual(members.map(({ honest }) => honest));
    }),
  );
});

test('one account cannot answer twice', () => {
  expect(() => judge(unit({ answers: [answer('a'), answer('a')] }))).toThrow(
    'one answer an account',
  );
});

test('trust is a run of ten, and a tenth of its units is replicated', () => {
  expect([9, 10].map(isTrusted)).toEqual([false, true]);
  expect(resultsWanted(confirmedRunMin - 1, 0.99)).toBe(2);
  expect(resultsWanted(confirmedRunMin, 0.0999)).toBe(2);
  expect(resultsWanted(confirmedRunMin, 0.1)).toBe(1);
  expect(runAfter(9, 'longer')).toBe(10);
  expect(runAfter(12, 'kept')).toBe(12);
  expect(runAfter(12, 'reset')).toBe(0);
});
