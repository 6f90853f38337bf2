// The small functions of the ladder: what a record earns, which rows are drawn, when a unit is let
// go, and what a conviction means; and that the tables of states are closed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawRows, isForCoordinator } from '#validator/draw-rows.ts';
import { convict, mayRelease } from '#validator/hold.ts';
import {
  isTrusted,
  levels,
  mayAudit,
  newRecord,
  policy,
  releaseAt,
  resultsWanted,
  rowsToAudit,
} from '#validator/policy.ts';
import {
  assertMove,
  leaseMoves,
  leaseStates,
  resultMoves,
  resultStates,
  rowMoves,
  rowStates,
  unitMoves,
  unitStates,
} from '#validator/states.ts';

const record = (change: Partial<typeof newRecord>) => ({ ...newRecord, ...change });

describe('a record', () => {
  test('is trusted from a run of ten', () => {
    expect([9, 10].map((run) => isTrusted(record({ run }), policy))).toEqual([false, true]);
  });

  test('is trusted whatever its run once audits have confirmed 200 units, until a conviction', () => {
    const broken = (confirmed: number) => record({ run: 0, confirmed });
    expect([199, 200].map((count) => isTrusted(broken(count), policy))).toEqual([false, true]);
    expect(isTrusted(newRecord, policy)).toBe(false);
    // Nobody is let off while every unit of theirs is still watched most closely.
    expect(policy.provenMin).toBe(policy.watched[0].confirmedBelow);
  });

  test('has fewer rows audited the longer it is known, and none where all is recomputed', () => {
    const rows = (confirmed: number) =>
      levels.map((level) => rowsToAudit(level, record({ confirmed }), policy));
    expect([0, 199, 200, 999, 1_000].map(rows)).toEqual([
      [8, 8, 0],
      [8, 8, 0],
      [3, 6, 0],
      [3, 6, 0],
      [1, 6, 0],
    ]);
  });

  test('audits in proportion to the rows that its own work needs', () => {
    const may = (drawn: number, audits: number) =>
      mayAudit(record({ run: 10, drawn, audits }), policy);
    expect(mayAudit(record({ run: 9, drawn: 1_000 }), policy)).toBe(false);
    expect(may(0, 0)).toBe(true);
    expect(may(0, 32)).toBe(false);
    expect(may(64, 96)).toBe(true);
    expect(may(63, 96)).toBe(false);
    // Below 1, rows would be left to the coordinator.
    expect(policy.auditSlack).toBeGreaterThan(1);
  });

  test('holds a unit until its next ones are confirmed, fewer for the long known', () => {
    expect(releaseAt(5, record({ confirmed: 3 }), policy)).toBe(5 + 1 + 32);
    expect(releaseAt(1_200, record({ confirmed: 1_000 }), policy)).toBe(1_200 + 1 + 8);
    expect(releaseAt(7, newRecord, { ...policy, holdUnits: [] })).toBe(8);
  });
});

test('a lease asks for no partner where the level samples: an answer may', () => {
  expect(levels.map(resultsWanted)).toEqual([1, 2, 1]);
});

test('a unit is let go when its rows are confirmed and its window or its batch is over', () => {
  const table = [0, 1].flatMap((rowsOpen) =>
    [9, 10].flatMap((confirmed) =>
      [false, true].map((tail) => mayRelease({ rowsOpen, releaseAt: 10 }, { confirmed, tail })),
    ),
  );
  expect(table).toEqual([false, true, true, true, false, false, false, false]);
});

test('the first conviction may be a sick device, the last one is the end', () => {
  expect([0, 1, 2].map((before) => convict(before, 2))).toEqual(['probation', 'banned', 'banned']);
  expect(convict(0, 1)).toBe('banned');
});

describe('the draw of rows', () => {
  test('gives different rows, rising, as many as there are', () => {
    const draws = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 32 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.nat(40), draws, (rows, count, numbers) => {
        const drawn = drawRows(rows, count, (place) => numbers[place] ?? 0);
        expect(drawn).toHaveLength(Math.min(rows, count));
        expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
        for (const row of drawn) expect(row >= 0 && row < rows).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('is even: every row has its turn as the draw goes through [0, 1)', () => {
    const counts = Array.from({ length: 8 }, () => 0);
    for (let i = 0; i < 800; i++) counts[drawRows(8, 1, () => i / 800)[0]]++;
    expect(counts).toEqual(Array(8).fill(100));
  });

  test('keeps its share for the coordinator', () => {
    const drawn = (value: number) => isForCoordinator(() => value, 'lease', 3, 1 / 64);
    expect([0, 0.015, 0.016, 0.9].map(drawn)).toEqual([true, true, false, false]);
  });
});

describe('the tables of states', () => {
  const tables = [
    [unitMoves, unitStates],
    [leaseMoves, leaseStates],
    [resultMoves, resultStates],
    [rowMoves, rowStates],
  ] as const;

  test('name every state once, and lead nowhere else', () => {
    for (const [moves, states] of tables) {
      expect([...states].sort()).toEqual(Object.keys(moves).sort());
      for (const to of Object.values(moves).flat()) expect(states).toContain(to);
    }
  });

  test('what is over stays over', () => {
    expect(resultMoves.accepted).toEqual(['accepted']);
    expect(resultMoves.rejected).toEqual(['rejected']);
    expect([rowMoves.refuted, rowMoves.dropped, leaseMoves.answered]).toEqual([[], [], []]);
    expect(() => assertMove(resultMoves, 'accepted', 'pending')).toThrow('accepted never becomes');
    expect(() => assertMove(unitMoves, 'held', 'done')).not.toThrow();
  });
});
