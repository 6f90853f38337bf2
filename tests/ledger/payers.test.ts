// Payers there and back, and what is backed by a deposit.
import { expect, test } from 'vitest';
import {
  coveredAccount,
  creditAccount,
  isBacked,
  orderAccount,
  readPayer,
} from '#ledger/payers.ts';
import { earnedAccount, recalledAccount, spentAccount } from '#ledger/postings.ts';

const hash = `0x${'Ab'.repeat(32)}`;
const account = `0x${'Cd'.repeat(20)}`;

test('every payer is read back', () => {
  expect(readPayer(orderAccount(hash))).toEqual({ kind: 'order', hash: hash.toLowerCase() });
  expect(readPayer(creditAccount(account))).toEqual({
    kind: 'credit',
    account: account.toLowerCase(),
  });
  expect(readPayer(spentAccount('proj: one'))).toEqual({ kind: 'project', project: 'proj: one' });
  expect(readPayer(recalledAccount)).toEqual({ kind: 'coordinator' });
  expect(readPayer(coveredAccount)).toEqual({ kind: 'coordinator' });
});

test('a project is never taken for an order, whatever its id', () => {
  const named = spentAccount(orderAccount(hash));
  expect(readPayer(named)?.kind).toBe('project');
  expect(isBacked(named)).toBe(false);
});

test('what is earned pays nothing', () => {
  expect(readPayer(earnedAccount(account))).toBeNull();
  expect(readPayer('order:0x12:spent')).toBeNull();
  expect(readPayer('')).toBeNull();
});

test('orders and own credit are backed, projects and the coordinator are not', () => {
  expect([orderAccount(hash), creditAccount(account)].map(isBacked)).toEqual([true, true]);
  const others = [spentAccount('one'), recalledAccount, coveredAccount, 'order:none:spent'];
  expect(others.map(isBacked)).toEqual([false, false, false, false]);
});
