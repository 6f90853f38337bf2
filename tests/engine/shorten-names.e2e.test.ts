// The kernels as a built page carries them: with short names they are the same programs. SwiftShader
// compiles every variant so, and each gives every known answer.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createWebgpuBackend } from '#engine/backend.ts';
import { renameAll, shortenNames } from '#engine/shorten-names.ts';
import { stripShader } from '#engine/strip-shader.ts';
import { openSoftwareGpu } from './software-gpu.ts';
import { type Watch, watchGpu } from './watched-gpu.ts';

const folder = path.resolve(import.meta.dirname, '../../shaders');

let names: Map<string, string>;
let gpu: GPU;

beforeAll(async () => {
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  names = shortenNames(texts.map(stripShader));
  gpu = await openSoftwareGpu();
});

/** As the build does it: the lines that the engine adds at the end come after that. */
function shorten(code: string): string {
  const lines = code.split('\n');
  let end = lines.length;
  while (end > 0 && /^(const \w+ = \d+u;)?$/.test(lines[end - 1])) end--;
  const own = renameAll(stripShader(lines.slice(0, end).join('\n')), names);
  return `${own}${lines.slice(end).join('\n')}`;
}

test.each([{}, { vendor: 'hardware' }])('%o: every variant computes right', async (identity) => {
  const codes: string[] = [];
  const watch: Watch = {
    ...identity,
    onShader(_, code) {
      codes.push(shorten(code));
      return codes.at(-1)!;
    },
  };
  const backend = await createWebgpuBackend(watchGpu(gpu, watch));
  expect(backend.choice).toMatchObject({ refused: [], isTuned: true });
  backend.destroy();
  expect(codes).not.toEqual([]);
  expect(codes.join('\n')).not.toContain('unpack_bytes');
});

test('no two names become one, and none becomes a word of the language', () => {
  const shorts = [...names.values()];
  expect(new Set(shorts).size).toBe(shorts.length);
  expect(names.size).toBeGreaterThan(100);
  for (const word of ['u32', 'vec4', 'lanes', 'head_words', 'attend', 'x', 'storage']) {
    expect([...names.keys(), ...shorts]).not.toContain(word);
  }
});
