// What the build lays beside a file of the page: the same bytes, compressed, where that is smaller.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compressPage } from '#cli/compress-page.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-compress-'));
  await mkdir(path.join(folder, 'assets'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('files that get smaller have two more beside them', async () => {
  const text = 'export const answer = 42;\n'.repeat(20);
  const script = path.join(folder, 'assets', 'main-a1b2c3d4.js');
  await writeFile(script, text);
  await compressPage(folder);
  expect(brotliDecompressSync(await readFile(`${script}.br`)).toString()).toBe(text);
  expect(gunzipSync(await readFile(`${script}.gz`)).toString()).toBe(text);
});

test('what stays as large, is no text, or is written anew whenever it is sent stays alone', async () => {
  await writeFile(path.join(folder, 'tiny.js'), '1');
  await writeFile(path.join(folder, 'photo.png'), 'a'.repeat(500));
  await writeFile(path.join(folder, 'index.html'), 'a'.repeat(500));
  await compressPage(folder);
  expect((await readdir(folder)).sort()).toEqual(['assets', 'index.html', 'photo.png', 'tiny.js']);
});
