// The lock of a data folder: held by the living, taken over from the dead, whatever a crash left of it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockFolder } from '#store/folder-lock.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'idlewild-lock-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a living process keeps others out', () => {
  const lock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(/is using this data folder/);
  lock.release();
  lockFolder(folder).release();
});

test.each([
  ['nothing, as a power cut may leave it', ''],
  ['zeros, as a power cut may leave it', '\0\0\0\0'],
  ['a process that is no more', '4194305 1'],
  ['a process that has another beginning', `${process.pid} 1`],
  ['words', 'a b c'],
])('a lock of %s is taken over', (_, content) => {
  writeFileSync(path.join(folder, 'lock'), content);
  const lock = lockFolder(folder);
  expect(readFileSync(path.join(folder, 'lock'), 'utf8')).toContain(`${process.pid} `);
  lock.release();
});
