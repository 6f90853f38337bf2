// Keys as files: made once, also by several replicas at a time, and for their owner's eyes.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { moveKeyFile, openKeyFile, readKeyFile } from '#coordinator/key-file.ts';

test('a key is made once, whoever comes first, and stays', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-key-'));
  try {
    const keys = await Promise.all([1, 2, 3, 4].map(() => openKeyFile(folder, 'a.pem')));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toContain('PRIVATE KEY');
    expect(await openKeyFile(folder, 'a.pem')).toBe(keys[0]);
    const file = path.join(folder, 'a.pem');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['a.pem']);
    await moveKeyFile(file, path.join(folder, 'b.pem'));
    expect(await readKeyFile(file)).toBeNull();
    expect(await openKeyFile(folder, 'b.pem')).toBe(keys[0]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
