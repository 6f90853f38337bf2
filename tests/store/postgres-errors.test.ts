// What PostgreSQL's errors mean, without a PostgreSQL.
import { expect, test } from 'vitest';
import {
  checkDurable,
  checkVersion,
  isPassing,
  isUnreachable,
  toDatabaseError,
} from '#store/postgres-errors.ts';

const failure = (code: string, message = 'no') => Object.assign(new Error(message), { code });

test.each([
  ['ECONNREFUSED', 'coordinator/database-unreachable', true],
  ['57P03', 'coordinator/database-unreachable', true],
  ['08006', 'coordinator/database-unreachable', true],
  ['53100', 'coordinator/storage-full', true],
  ['28P01', 'coordinator/database-refused', false],
  ['23505', 'coordinator/database', false],
])('%s is %s', (code, expected, retryable) => {
  expect(toDatabaseError(failure(code))).toMatchObject({ code: expected, retryable });
});

test('a connection that pg lost without a code is out of reach', () => {
  expect(isUnreachable(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(isUnreachable(new Error('Client has encountered a connection error'))).toBe(true);
  expect(isUnreachable(new Error('syntax error'))).toBe(false);
});

test('what was rolled back by bad luck is tried again, a mistake is not', () => {
  expect(['40001', '40P01', '0A000', '23505'].map((code) => isPassing(failure(code)))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test('a server that would lose what was acknowledged, or is too old, is refused', () => {
  checkVersion(150_004);
  checkDurable('on', 'remote_apply');
  expect(() => checkVersion(140_011)).toThrow('PostgreSQL 14 is too old');
  expect(() => checkDurable('off', 'on')).toThrow('fsync off');
  expect(() => checkDurable('on', 'off')).toThrow('synchronous_commit off');
});
