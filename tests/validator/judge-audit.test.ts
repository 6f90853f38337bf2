// The verdict on an audit: each row alone, and whoever is wrong, the audited or the auditor.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeAudit } from '#validator/judge-audit.ts';

test('an answer that is as expected confirms every row', () => {
  const rows = [
    { expected: 'a', given: 'a', truth: null },
    { expected: 'b', given: 'b', truth: null },
  ];
  expect(judgeAudit(rows)).toEqual({
    state: 'done',
    confirmed: [0, 1],
    disputed: [],
    refuted: [],
    accepted: true,
  });
});

test('rows that differ wait for the coordinator, the others do not', () => {
  const rows = [
    { expected: 'a', given: 'a', truth: null },
    { expected: 'b', given: 'x', truth: null },
  ];
  expect(judgeAudit(rows)).toEqual({
    state: 'arbitrating',
    confirmed: [0],
    disputed: [1],
    refuted: [],
    accepted: null,
  });
});

test('the coordinator’s digest says who was wrong; it may be both', () => {
  const judge = (expected: string, given: string) =>
    judgeAudit([{ expected, given, truth: 'right' }]);
  expect(judge('wrong', 'right')).toMatchObject({ refuted: [0], accepted: true });
  expect(judge('right', 'wrong')).toMatchObject({ confirmed: [0], refuted: [], accepted: false });
  expect(judge('wrong', 'odd')).toMatchObject({ refuted: [0], accepted: false });
});

test('a row whose unit was opened again proves nothing against anybody', () => {
  const rows = [{ expected: null, given: 'x', truth: null }];
  expect(judgeAudit(rows)).toMatchObject({ state: 'done', confirmed: [], accepted: true });
  expect(() => judgeAudit([])).toThrow('an audit has rows');
});

test('no honest side ever suffers, whatever the other says', () => {
  const digest = fc.constantFrom('right', 'x', 'y');
  const row = fc.record({ expected: fc.option(digest), given: digest });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 32 }), (rows) => {
      const judged = judgeAudit(rows.map((one) => ({ ...one, truth: 'right' })));
      expect(judged.state).toBe('done');
      for (const place of judged.refuted) expect(rows[place].expected).not.toBe('right');
      if (rows.every(({ given }) => given === 'right')) expect(judged.accepted).toBe(true);
      const unlike = rows.filter(({ expected, given }) => expected !== null && expected !== given);
      if (unlike.some(({ given }) => given !== 'right')) expect(judged.accepted).toBe(false);
      const places = [...judged.confirmed, ...judged.refuted].sort((a, b) => a - b);
      expect(places).toEqual(rows.flatMap(({ expected }, place) => (expected ? [place] : [])));
    }),
    { seed: 1, numRuns: 500 },
  );
});
