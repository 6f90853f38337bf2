// The widget's module as it is built: its weight, its import in Node, the digest that pins it, its
// types in a stranger's project, and the manifest against the source.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildWidget } from '#cli/build-widget.ts';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const moduleBytesMax = 3_000;

let folder: string;
let module: Buffer;
const read = (name: string) => readFile(path.join(folder, 'widget', name));

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-module-'));
  await buildWidget(folder);
  module = await read('idlewild.js');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('it is one module of at most 3 kB gzipped, and nothing else runs', async () => {
  expect((await readdir(path.join(folder, 'widget'))).sort()).toEqual([
    'custom-elements.json',
    'idlewild.d.ts',
    'idlewild.js',
    'integrity.json',
  ]);
  const bytes = gzipSync(module).length;
  process.stdout.write(`widget: ${bytes} bytes gzipped\n`);
  expect(bytes).toBeLessThanOrEqual(moduleBytesMax);
  expect(module.toString()).not.toMatch(/\bimport\s*[("'{*]|\bfrom\s*["']|eval\(|innerHTML/);
});

test('a server may import it', async () => {
  const url = pathToFileURL(path.join(folder, 'widget/idlewild.js')).href;
  const script =
    `import { IdlewildContributor } from ${JSON.stringify(url)};` +
    'console.log(typeof IdlewildContributor, typeof document);';
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  expect(stdout.trim()).toBe('function undefined');
});

test('integrity.json is the digest of the module', async () => {
  const digest = createHash('sha384').update(module).digest('base64');
  expect(JSON.parse((await read('integrity.json')).toString())).toEqual({
    file: 'idlewild.js',
    integrity: `sha384-${digest}`,
    bytes: module.length,
  });
});

test('its types stand alone, and know the element, its events and their details', async () => {
  await writeFile(
    path.join(folder, 'use.ts'),
    `import { IdlewildContributor } from './widget/idlewild.js';
    const widget = document.createElement('idlewild-contributor');
    widget.addEventListener('progress', ({ detail }) => detail.rowsPerSecond.toFixed(1));
    widget.addEventListener('click', (event) => event.clientX);
    widget.intensity = 'gentle';
    widget.start();
    const same: typeof widget = new IdlewildContributor();
    // @ts-expect-error: no such field
    same.addEventListener('credit', ({ detail }) => detail.account);
    // @ts-expect-error: no such method
    same.resume();\n`,
  );
  const options = '--noEmit --strict --module esnext --moduleResolution bundler --lib es2023,dom';
  const typescript = path.join(root, 'node_modules/.bin/tsc');
  const { stdout } = await run(typescript, [...options.split(' '), 'use.ts'], {
    cwd: folder,
  }).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

test('the manifest says what the source does', async () => {
  const manifest = JSON.parse((await read('custom-elements.json')).toString());
  const [declaration] = manifest.modules[0].declarations;
  const names = (entries: { name: string }[]) => entries.map(({ name }) => name);
  const source = await readFile(path.join(root, 'src/widget/contributor-element.ts'), 'utf8');
  const types = (await read('idlewild.d.ts')).toString();
  const { IdlewildContributor } = await import('#widget/contributor-element.ts');
  const { eventNames } = await import('#widget/messages.ts');

  expect(names(declaration.attributes)).toEqual(IdlewildContributor.observedAttributes);
  const methods = Object.entries(Object.getOwnPropertyDescriptors(IdlewildContributor.prototype))
    .filter(([name, { value }]) => typeof value === 'function' && !/Callback$|^constr/.test(name))
    .map(([name]) => name);
  const kind = (wanted: string) =>
    declaration.members.filter((member: { kind: string }) => member.kind === wanted);
  expect(names(kind('method'))).toEqual(methods);
  const reflected = Object.keys(IdlewildContributor.prototype);
  expect(names(kind('field')).sort()).toEqual(reflected.sort());
  expect(names(declaration.events)).toEqual(eventNames);
  for (const { name, type } of declaration.events) {
    expect(types).toContain(`${name}: ${type.text};`);
  }
  const found = (pattern: RegExp) => [...new Set([...source.matchAll(pattern)].map(([, n]) => n))];
  expect(names(declaration.cssProperties).sort()).toEqual(found(/var\((--[\w-]+)/g).sort());
  expect(names(declaration.cssParts)).toEqual(found(/part\.add\('(\w+)'\)/g));
  expect(declaration.tagName).toBe('idlewild-contributor');
});
