// What a visitor downloads before having agreed to anything: at most 15 kB of script, gzipped.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Site, servePage } from './serve-page.ts';

const scriptBytesMax = 15_000;
let site: Site;

beforeAll(async () => {
  site = await servePage();
});

afterAll(() => site?.close());

test('the page is small before consent, and carries nothing inline', async () => {
  const html = await readFile(path.join(site.folder, 'index.html'), 'utf8');
  const scripts = [...html.matchAll(/<script[^>]*src="\/([^"]+)"[^>]*><\/script>/g)];
  expect(scripts).toHaveLength(1);
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|https?:\/\/(?!www\.w3\.org)/);
  expect(html).toContain('<!--idlewild:coordinator-->');

  const entry = await readFile(path.join(site.folder, scripts[0][1]));
  const imported = [...entry.toString().matchAll(/\bfrom\s*["'`]\.\/([^"'`]+)["'`]/g)];
  const parts = [entry];
  for (const [, name] of imported) {
    parts.push(await readFile(path.join(site.folder, 'assets', name)));
  }
  const bytes = parts.reduce((sum, part) => sum + gzipSync(part).length, 0);
  process.stdout.write(`script before consent: ${bytes} bytes gzipped, ${parts.length} file(s)\n`);
  expect(bytes).toBeLessThan(scriptBytesMax);
  expect(await readdir(site.folder)).toEqual(
    expect.arrayContaining(['favicon.svg', 'robots.txt', 'index.html']),
  );
});
