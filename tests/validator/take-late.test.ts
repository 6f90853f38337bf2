// A late result serves a unit that is undecided and has room for it, and no other.
import { expect, test } from 'vitest';
import { unitStates } from '#validator/states.ts';
import { takesLate } from '#validator/take-late.ts';

test('an open or held unit takes late results up to two, a bounded one up to three', () => {
  for (const state of ['open', 'held'] as const) {
    expect([0, 1, 2].map((standing) => takesLate({ kind: 'work', state, standing }))).toEqual([
      true,
      true,
      false,
    ]);
    expect(takesLate({ kind: 'audit', state, standing: 2 })).toBe(false);
    expect(takesLate({ kind: 'bounded', state, standing: 2 })).toBe(true);
    expect(takesLate({ kind: 'bounded', state, standing: 3 })).toBe(false);
  }
});

test('a unit that is decided, or being decided, takes none', () => {
  const others = unitStates.filter((state) => state !== 'open' && state !== 'held');
  expect(others.length).toBeGreaterThan(0);
  for (const state of others) {
    expect(takesLate({ kind: 'work', state, standing: 0 })).toBe(false);
  }
});
