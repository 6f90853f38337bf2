// Compiles assembly/*.ts to build/kernels.wasm and build/kernels-relaxed.wasm. A file carries a
// digest of what it was made from, so that an up-to-date one is not made twice, and a reader never
// meets half of one.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bytes, concatBytes, equalBytes, utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Where the sources lie, which of them is the entry, and where the module goes. */
export interface KernelPaths {
  sources: string;
  entry: 'index.ts' | 'relaxed.ts';
  target: string;
}

const sources = path.join(root, 'assembly');

/** The module that every browser with WASM SIMD runs. */
const plainKernels: KernelPaths = {
  sources,
  entry: 'index.ts',
  target: path.join(root, 'build/kernels.wasm'),
};

/** The one with the relaxed dot, for models of seven-bit weights. */
export const relaxedKernels: KernelPaths = {
  sources,
  entry: 'relaxed.ts',
  target: path.join(root, 'build/kernels-relaxed.wasm'),
};

const commonFlags = [
  '--runtime=stub',
  '--enable=simd',
  '--optimizeLevel=3',
  '--shrinkLevel=0',
  '--noAssert',
  '--use=abort=',
  '--initialMemory=1',
];
const flagsOf: Record<KernelPaths['entry'], readonly string[]> = {
  'index.ts': commonFlags,
  'relaxed.ts': [...commonFlags, '--enable=relaxed-simd'],
};

/** Name of the custom section, the last of the file, that holds the sources' digest. */
const sectionName = utf8('idlewild.sources');

interface Sources {
  /** By name in assembly/, in order. */
  files: Map<string, string>;
  /** Of the files, the entry, the flags and the compiler's version. */
  digest: Bytes;
}

async function readSources({ sources: folder, entry }: KernelPaths): Promise<Sources> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  const files = new Map<string, string>();
  for (const name of names) files.set(name, await readFile(path.join(folder, name), 'utf8'));
  const manifest = createRequire(import.meta.url).resolve('assemblyscript/package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const made = [version, entry, flagsOf[entry], [...files]];
  return { files, digest: sha256(utf8(JSON.stringify(made))) };
}

/** A custom section (id 0): its length, the name with its length, the digest. All below 128. */
function digestSection(digest: Bytes): Bytes {
  const content = concatBytes(Uint8Array.of(sectionName.length), sectionName, digest);
  return concatBytes(Uint8Array.of(0, content.length), content);
}

async function compile(entry: KernelPaths['entry'], { files, digest }: Sources): Promise<Bytes> {
  const { main } = await import('assemblyscript/asc');
  const messages: string[] = [];
  const stream = { write: (chunk: Uint8Array | string) => messages.push(String(chunk)) };
  let wasm: Uint8Array | undefined;
  const words = [`assembly/${entry}`, '--outFile=kernels.wasm', ...flagsOf[entry]];
  const { error } = await main(words, {
    stdout: stream,
    stderr: stream,
    readFile: (name) => files.get(name.replace(/^assembly\//, '')) ?? null,
    writeFile: (_name, contents) => {
      if (contents instanceof Uint8Array) wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || !wasm) {
    throw new IdlewildError('kernels/build-failed', 'The WASM kernels in assembly/ do not build.', {
      metaMessages: messages.join('').split('\n'),
      cause: error,
    });
  }
  return concatBytes(wasm, digestSection(digest));
}

async function readTarget(target: string): Promise<Bytes | null> {
  try {
    return new Uint8Array(await readFile(target));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Several processes may build at once: each writes a file of its own and renames it. */
async function build(paths: KernelPaths): Promise<Bytes> {
  const { entry, target } = paths;
  const read = await readSources(paths);
  const built = await readTarget(target);
  const section = digestSection(read.digest);
  if (built && equalBytes(built.subarray(-section.length), section)) return built;
  const bytes = await compile(entry, read);
  await mkdir(path.dirname(target), { recursive: true });
  const draft = `${target}.${randomUUID()}`;
  try {
    await writeFile(draft, bytes);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return bytes;
}

/**
 * Makes both modules unless they are up to date; the same sources give the same bytes.
 * @throws kernels/build-failed with the compiler's messages
 */
export async function buildKernels(): Promise<void> {
  await build(plainKernels);
  await build(relaxedKernels);
}

/** A module's bytes for Node users, built first where it is missing or old. */
export async function readKernels(paths = plainKernels): Promise<Bytes> {
  return build(paths);
}
