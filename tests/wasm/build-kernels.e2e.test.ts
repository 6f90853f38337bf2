// The build of assembly/*.ts: the same bytes each time, nothing built twice, no half file seen.
import { cp, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KernelPaths, readKernels, relaxedKernels } from '#cli/build-kernels.ts';

const assembly = path.resolve(import.meta.dirname, '../../assembly');
let folder: string;
let paths: KernelPaths;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-kernels-'));
  paths = {
    sources: path.join(folder, 'assembly'),
    entry: 'index.ts',
    target: path.join(folder, 'build/k.wasm'),
  };
  await cp(assembly, paths.sources, { recursive: true });
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('the same sources give the same bytes, built at once in one place or apart', async () => {
  const apart = { ...paths, target: path.join(folder, 'apart/k.wasm') };
  const [one, two, three] = await Promise.all([paths, paths, apart].map(readKernels));
  expect(Buffer.compare(one, two)).toBe(0);
  expect(Buffer.compare(one, three)).toBe(0);
  expect(Buffer.compare(one, await readFile(paths.target))).toBe(0);
  expect(await readdir(path.dirname(paths.target))).toEqual(['k.wasm']);
});

test('the relaxed module differs, and only it needs relaxed SIMD', async () => {
  const relaxed = { ...paths, entry: 'relaxed.ts', target: path.join(folder, 'relaxed.wasm') };
  const bytes = await readKernels(relaxed as KernelPaths);
  expect(Buffer.compare(bytes, await readKernels(relaxedKernels))).toBe(0);
  expect(Buffer.compare(bytes, await readKernels(paths))).not.toBe(0);
});

test('what is up to date is not built again', async () => {
  await readKernels(paths);
  const past = new Date(0);
  await utimes(paths.target, past, past);
  await readKernels(paths);
  expect((await stat(paths.target)).mtime).toEqual(past);
});

test('a damaged file is built again', async () => {
  const whole = await readKernels(paths);
  await writeFile(paths.target, whole.subarray(0, 1000));
  expect(Buffer.compare(await readKernels(paths), whole)).toBe(0);
});

test('sources that do not compile are refused with the compiler’s words', async () => {
  const before = await readKernels(paths);
  await writeFile(path.join(paths.sources, 'norm.ts'), 'export function normalizeRows(: void {}\n');
  await expect(readKernels(paths)).rejects.toMatchObject({
    code: 'kernels/build-failed',
    message: expect.stringContaining('norm.ts'),
  });
  expect(Buffer.compare(await readFile(paths.target), before)).toBe(0);
});
