// What a visitor downloads before having agreed to anything: at most 30 kB of script, gzipped, on
// the page and in the frame, as they are shipped. Other languages, the sentences of the HTML and
// the worker are files of their own, fetched when they are needed.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';

const scriptBytesMax = 30_000;
const root = path.resolve(import.meta.dirname, '../..');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-budget-'));
  await build({
    configFile: path.join(root, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The scripts that a page loads at once: its own, and all that they import. */
async function scriptsOf(html: string): Promise<Map<string, Buffer>> {
  expect(html).toContain('<script src="/first-language.js"');
  const first = await readFile(path.join(folder, 'first-language.js'));
  const scripts = new Map([['first-language.js', first]]);
  const load = async (name: string): Promise<void> => {
    if (scripts.has(name)) return;
    const script = await readFile(path.join(folder, 'assets', name));
    scripts.set(name, script);
    const imports = script.toString().matchAll(/(?:\bfrom|\bimport)\s*["'`]\.\/([^"'`]+)["'`]/g);
    for (const [, imported] of imports) await load(imported);
  };
  for (const [, name] of html.matchAll(/<script[^>]*src="\/assets\/([^"]+)"/g)) await load(name);
  return scripts;
}

test.each(['index.html', 'embed-frame.html'])('%s is small before consent', async (file) => {
  const html = await readFile(path.join(folder, file), 'utf8');
  // The one that picks the language before anything is painted, and the page's own.
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|https?:\/\/(?!www\.w3\.org)/);
  expect(html).toContain('<!--idlewild:coordinator-->');
  const scripts = await scriptsOf(html);
  const sizes = [...scripts].map(([name, script]) => [name, gzipSync(script).length] as const);
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  process.stdout.write(`script before consent, ${file}: ${bytes} bytes gzipped\n`);
  expect(bytes, JSON.stringify(sizes)).toBeLessThan(scriptBytesMax);
  expect(
    [...scripts.keys()].filter((name) => /^(ar|english-html|main|connect)-/.test(name)),
  ).toEqual([]);
});

test('the icon and the rules for robots are shipped', async () => {
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['favicon.svg', 'robots.txt']));
});
