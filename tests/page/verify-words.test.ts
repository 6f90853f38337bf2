// A receipt's checks in words: they say what was checked, and the sum claims no more than that.
import { expect, test } from 'vitest';
import { sayStep, sumUp } from '#page/verify-words.ts';
import type { VerifyReport, VerifyStep } from '#worker/status.ts';
import { reports } from './account-samples.ts';

test('a step names what was compared, short where it is long', () => {
  const said = reports.holds.steps.map(sayStep);
  expect(said[3]).toBe('The session key signed this result, as number 3 of 8 sent in one call.');
  expect(said[4]).toBe('The account 0x9c11…8d31 granted that session key.');
  expect(said[6].replaceAll('\u00a0', ' ')).toBe(
    'Computed again here from the unit’s input, with WebAssembly, 32 rows gave the same bytes.',
  );
  for (const sentence of said) expect(sentence).not.toMatch(/[{}]|undefined|[0-9a-f]{20}/);
});

test('only where all held does it say so', () => {
  expect(sumUp(reports.holds)).toBe(
    'Every check held: the receipt itself, the coordinator’s signature, its place in the public ' +
      'log, the signature on the result, the account’s grant, the credit, and the unit, computed ' +
      'again.',
  );
});

test('what was not checked is named, and what held beside it', () => {
  expect(sumUp(reports.unchecked).replaceAll('\u00a0', ' ')).toBe(
    '2 checks could not be made here: its place in the public log and the unit, computed again. ' +
      'The others held: the receipt itself, the coordinator’s signature, the signature on the ' +
      'result, the account’s grant, and the credit.',
  );
});

test('what does not hold comes first, whatever else held, with what to do', () => {
  const sum = sumUp(reports.fails);
  expect(sum).toMatch(/^This does not hold: the coordinator’s signature\. Verify again; if it/);
  expect(sum).not.toContain('held');
});

test('where nothing could be checked nothing is claimed', () => {
  const steps = reports.holds.steps.map(
    (step): VerifyStep => ({ ...step, outcome: 'unchecked', code: 'credit/not-reached' }),
  );
  const report: VerifyReport = { steps, outcome: 'unchecked' };
  expect(sumUp(report)).toBe('No check could be made here, so nothing is shown either way.');
});
