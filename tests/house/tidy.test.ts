// The tree is tidy: tests/house/tidy.ts over every tracked text file, after being tested itself.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { missingPackages } from './complete-lock.ts';
import { untidy } from './tidy.ts';

const root = path.resolve(import.meta.dirname, '../..');
const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });

test('each rule refuses its bad example', () => {
  const opening = '// A file.\n';
  const bad: [string, string][] = [
    ['src/page/BadName.ts', opening],
    ['src/page/no-comment.ts', 'export {};\n'],
    ['src/page/deep/er.ts', opening],
    ['src/page/long.ts', opening + '\n'.repeat(300)],
    ['shaders/long.wgsl', '\n'.repeat(151)],
    ['shaders/float.wgsl', 'let x = f32(1);\n'],
    ['src/page/unfinished.ts', `${opening}// TO${'DO'}: later\n`],
    ['docs/host.md', `https://registry.npm${'js'}.org\n`],
    ['docs/path.md', `see /wo${'rk'}/main\n`],
  ];
  for (const [file, text] of bad) expect(untidy({ path: file, text }), file).toHaveLength(1);
  expect(untidy({ path: 'src/page/good.ts', text: opening })).toEqual([]);
});

test('the tree is tidy', () => {
  const files = git('ls-files', '--cached', '--others', '--exclude-standard')
    .split('\n')
    .filter((file) => /\.(ts|js|wgsl|css|html|sql|sol|md|json|sh)$|^\.ci\//.test(file))
    // Deleted, and not yet committed.
    .filter((file) => existsSync(path.join(root, file)));
  const faults = files.flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    return untidy({ path: file, text });
  });
  expect(faults).toEqual([]);
});

test('the lock file carries no download address, and lacks no platform', () => {
  const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  expect(lock).not.toContain('"resolved"');
  const missing = missingPackages(JSON.parse(lock).packages);
  expect(Object.keys(missing), 'run: npx tsx tests/house/complete-lock.ts').toEqual([]);
});

test('every dependency has its line in docs/dependencies.md', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const told = readFileSync(path.join(root, 'docs/dependencies.md'), 'utf8');
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(names.filter((name) => !told.includes(`| \`${name}\` |`))).toEqual([]);
});
