// A private key from a file: what is read, and what is refused without a word of what the file holds.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readKeyFile } from '#cli/key-file.ts';

const key = generatePrivateKey();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-key-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(text: string, mode = 0o600): Promise<string> {
  const file = path.join(folder, 'key');
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

test.each([key, key.slice(2), `${key}\n`, ` ${key.slice(2).toUpperCase()}\r\n`])(
  'is read however it is written',
  async (text) => {
    const { address } = await readKeyFile(await write(text));
    expect(address).toBe(privateKeyToAccount(key).address);
  },
);

test.each([
  ['open to its group', key, 0o640, 'key-file/open-to-others'],
  ['open to all', key, 0o604, 'key-file/open-to-others'],
  ['too short', key.slice(0, -1), 0o600, 'key-file/malformed'],
  ['longer than a key', `${key}${key}`, 0o600, 'key-file/malformed'],
  ['zero', `0x${'0'.repeat(64)}`, 0o600, 'key-file/malformed'],
  ["past the curve's order", `0x${'f'.repeat(64)}`, 0o600, 'key-file/malformed'],
  ['empty', '', 0o600, 'key-file/malformed'],
])('is refused where it is %s, and never told', async (_, text, mode, code) => {
  const thrown = await readKeyFile(await write(text, mode)).catch((error: Error) => error);
  expect(thrown).toMatchObject({ code });
  const told = `${(thrown as Error).stack} ${(thrown as Error).cause}`;
  expect(told).not.toContain(key.slice(2, 60));
});

test('is missed by its reason', async () => {
  const gone = readKeyFile(path.join(folder, 'none'));
  await expect(gone).rejects.toMatchObject({ code: 'key-file/unreadable' });
});
