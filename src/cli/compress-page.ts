// Files of the built page beside themselves, compressed once with effort: the
// coordinator sends NAME.br or NAME.gz to whoever takes it, at no cost of its own.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const compressible = /\.(css|html|js|json|svg|txt|wasm)$/;
/** The coordinator writes into these whenever it sends them. */
const written = ['index.html', 'embed-frame.html'];

/**
 * All the effort there is takes 80 s for the three megabytes of onnxruntime's wasm, which few visits
 * fetch; two steps less take 11 s and give 14 % more.
 */
const effortBytesMax = 1 << 20;
const lessEffort = 9;

const encodings = {
  '.br': (bytes: Buffer) => {
    const most = constants.BROTLI_MAX_QUALITY;
    const params = {
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      [constants.BROTLI_PARAM_QUALITY]: bytes.length > effortBytesMax ? lessEffort : most,
    };
    return promisify(brotliCompress)(bytes, { params });
  },
  '.gz': (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }),
};

/** @param folder the built page's; only what gets smaller is kept */
export async function compressPage(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const { name } = entry;
    if (!entry.isFile() || !compressible.test(name) || written.includes(name)) continue;
    const file = path.join(entry.parentPath, name);
    const bytes = await readFile(file);
    for (const [ending, compress] of Object.entries(encodings)) {
      const smaller = await compress(bytes);
      if (smaller.length < bytes.length) await writeFile(`${file}${ending}`, smaller);
    }
  }
}
