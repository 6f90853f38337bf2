// Builds the page and its worker into dist/ with Vite. Skipped while its sources are unchanged;
// the finished folder is swapped in whole, so that a running coordinator never serves half a page.
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKernels } from './build-kernels.ts';
import { buildWidget } from './build-widget.ts';
import { compressPage } from './compress-page.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const target = path.join(root, 'dist');
/** Digest of what dist/ was built from. */
const stamp = path.join(root, 'build/page.sources');

/** Files and folders that the page is made of. */
const sources = [
  'index.html',
  'admin.html',
  'embed-frame.html',
  'widget.html',
  'vite.config.ts',
  'package.json',
  'package-lock.json',
  'build/kernels.wasm',
  'build/kernels-relaxed.wasm',
  'public',
  'shaders',
  'src/cli/compress-page.ts',
  ...[
    'cache',
    'engine',
    'model',
    'onnx',
    'page',
    'protocol',
    'reference',
    'wallet',
    'wasm',
    'widget',
    'words',
    'worker',
  ].map((area) => `src/${area}`),
];

async function listFiles(name: string): Promise<string[]> {
  const entries = await readdir(path.join(root, name), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return null;
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  if (entries === null) return [name];
  const nested = await Promise.all(entries.map((entry) => listFiles(path.join(name, entry.name))));
  return nested.flat().sort();
}

async function digestSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await Promise.all(sources.map(listFiles))).flat()) {
    const bytes = await readFile(path.join(root, file));
    hash.update(`${file}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

async function isBuilt(digest: string): Promise<boolean> {
  try {
    await access(path.join(target, 'index.html'));
    return (await readFile(stamp, 'utf8')) === digest;
  } catch {
    return false;
  }
}

/** Makes dist/ unless it is up to date. Says nothing on stdout. */
export async function buildPage(): Promise<void> {
  await buildKernels();
  const digest = await digestSources();
  if (await isBuilt(digest)) return;
  const { build } = await import('vite');
  const draft = path.join(root, `build/page.${process.pid}`);
  const old = `${draft}.old`;
  try {
    await build({
      configFile: path.join(root, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: draft, emptyOutDir: true },
    });
    await buildWidget(draft);
    await compressPage(draft);
    await mkdir(target, { recursive: true });
    await rename(target, old);
    await rename(draft, target);
    await writeFile(stamp, digest);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}
