// The bundler's part in the kernels: a built page carries their texts stripped, and their names
// shortened. Tests and benches that are served from source see them whole.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'vite';
import { renameAll, shortenNames } from './shorten-names.ts';
import { stripShader } from './strip-shader.ts';

const ending = '.wgsl?raw';

async function namesIn(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.wgsl')).sort();
  const texts = files.map((file) => readFile(path.join(folder, file), 'utf8'));
  return shortenNames((await Promise.all(texts)).map(stripShader));
}

export function shadersPlugin(): Plugin {
  return {
    name: 'shaders',
    apply: 'build',
    enforce: 'pre',
    async load(id) {
      if (!id.endsWith(ending)) return null;
      const file = id.slice(0, -'?raw'.length);
      const text = stripShader(await readFile(file, 'utf8'));
      return `export default ${JSON.stringify(renameAll(text, await namesIn(path.dirname(file))))};`;
    },
  };
}
