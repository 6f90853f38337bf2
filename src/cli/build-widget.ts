// Builds the widget beside the page: one ES module under a name that stays, its types, its
// manifest, and the digest that a host page pins it by (Subresource Integrity).
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../widget/', import.meta.url));

/** What the files under widget/ are copies of; the module itself is built. */
const copies = {
  'idlewild.d.ts': 'idlewild-types.ts',
  'custom-elements.json': 'custom-elements.json',
};

/** @param folder the built page's, such as dist; the widget goes to its widget/ */
export async function buildWidget(folder: string): Promise<void> {
  const { build } = await import('vite');
  const target = path.join(folder, 'widget');
  await mkdir(target, { recursive: true });
  await build({
    configFile: false,
    root: source,
    publicDir: false,
    logLevel: 'error',
    build: {
      outDir: target,
      emptyOutDir: false,
      target: 'es2022',
      reportCompressedSize: false,
      // A library's whitespace is kept otherwise, for whoever bundles it.
      rolldownOptions: { output: { minify: true } },
      lib: {
        entry: path.join(source, 'idlewild.ts'),
        formats: ['es'],
        fileName: () => 'idlewild.js',
      },
    },
  });
  for (const [to, from] of Object.entries(copies)) {
    await copyFile(path.join(source, from), path.join(target, to));
  }
  const module = await readFile(path.join(target, 'idlewild.js'));
  const digest = createHash('sha384').update(module).digest('base64');
  const integrity = { file: 'idlewild.js', integrity: `sha384-${digest}`, bytes: module.length };
  await writeFile(path.join(target, 'integrity.json'), `${JSON.stringify(integrity)}\n`);
}
