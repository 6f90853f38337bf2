// The bundler's part in the kernels: a built page carries their texts stripped. Tests and benches
// that are served from source see them whole.
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'vite';
import { stripShader } from './strip-shader.ts';

const ending = '.wgsl?raw';

export function shadersPlugin(): Plugin {
  return {
    name: 'shaders',
    apply: 'build',
    enforce: 'pre',
    async load(id) {
      if (!id.endsWith(ending)) return null;
      const text = await readFile(id.slice(0, -'?raw'.length), 'utf8');
      return `export default ${JSON.stringify(stripShader(text))};`;
    },
  };
}
