// Audits are made for an auditor who is there, of rows that are all strange to it, as soon as one is
// full or a row has waited long enough.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { composeAudit, isStranger, type WaitingRow } from '#validator/compose-audit.ts';

const row = (id: number, change: Partial<WaitingRow> = {}): WaitingRow => ({
  id,
  unit: id,
  accounts: ['a'],
  addresses: ['address of a'],
  waitingMs: 0,
  ...change,
});

const auditor = (account: string) => ({ account, address: `address of ${account}` });
const options = { rowsMax: 2, waitMs: 100, laboratory: false, draw: 0 };
const ids = (rows: WaitingRow[]) => rows.map(({ id }) => id);

test('rows wait until a unit is full, or until one has waited long enough', () => {
  const live = [auditor('b')];
  expect(composeAudit([row(1)], live, options)).toEqual([]);
  expect(ids(composeAudit([row(1), row(2), row(3)], live, options))).toEqual([1, 2]);
  expect(ids(composeAudit([row(1, { waitingMs: 100 })], live, options))).toEqual([1]);
});

test('nobody audits its own rows, nor at its own address, but in a laboratory', () => {
  const rows = [row(1), row(2)];
  expect(composeAudit(rows, [auditor('a')], options)).toEqual([]);
  const neighbour = { account: 'b', address: 'address of a' };
  expect(composeAudit(rows, [neighbour], options)).toEqual([]);
  expect(ids(composeAudit(rows, [neighbour], { ...options, laboratory: true }))).toEqual([1, 2]);
  expect(composeAudit(rows, [], options)).toEqual([]);
});

test('another auditor is looked for where the first drawn is no stranger', () => {
  const rows = [row(1), row(2)];
  const live = [auditor('a'), auditor('b')];
  expect(ids(composeAudit(rows, live, options))).toEqual([1, 2]);
  expect(ids(composeAudit(rows, live, { ...options, draw: 0.99 }))).toEqual([1, 2]);
});

test('one unit gives one row to an audit', () => {
  const rows = [row(1), row(2, { unit: 1 }), row(3)];
  expect(ids(composeAudit(rows, [auditor('b')], options))).toEqual([1, 3]);
});

test('whatever is made can be taken, and is full or due', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd');
  const rows = fc.array(
    fc.record({ unit: fc.nat(5), account: names, waitingMs: fc.constantFrom(0, 100) }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(rows, fc.uniqueArray(names), fc.nat(99), (given, live, draw) => {
      const waiting = given.map(({ account, ...one }, id) =>
        row(id, { ...one, accounts: [account], addresses: [`address of ${account}`] }),
      );
      const made = composeAudit(waiting, live.map(auditor), { ...options, draw: draw / 100 });
      if (made.length === 0) return;
      expect(new Set(made.map(({ unit }) => unit)).size).toBe(made.length);
      expect(made.length === 2 || made.some(({ waitingMs }) => waitingMs >= 100)).toBe(true);
      const takers = live.filter((name) => made.every((r) => isStranger(r, auditor(name), false)));
      expect(takers.length).toBeGreaterThan(0);
    }),
    { seed: 1, numRuns: 500 },
  );
});
