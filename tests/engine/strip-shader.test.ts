// The kernels as they are shipped: the same code, line for line, without its comments.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stripShader } from '#engine/strip-shader.ts';

test('comments, indentation and empty lines go', () => {
  const text = '// About it.\n\nfn a() {\n  return 1 / 2; // Half.\n}\n';
  expect(stripShader(text)).toBe('fn a() {\nreturn 1/2;\n}\n');
});

test('two signs that a blank keeps apart stay two', () => {
  expect(stripShader('let a = b - -c;\nlet d = vec3<u32> (e);\n')).toBe(
    'let a=b- -c;\nlet d=vec3<u32> (e);\n',
  );
});

test('a comment that may span lines is refused', () => {
  expect(() => stripShader('fn a() { /* return */ }')).toThrow('written with //');
});

const folder = path.resolve(import.meta.dirname, '../../shaders');

/** Names, numbers, and runs of signs, as WGSL takes them apart. */
const tokens = (text: string) => text.match(/[\w.]+|[^\w\s]+/g) ?? [];

test.each(readdirSync(folder))('%s keeps every word and every sign of its code', (name) => {
  const text = readFileSync(path.join(folder, name), 'utf8');
  const code = text.split('\n').map((line) => line.split('//')[0]);
  const stripped = stripShader(text);
  expect(stripped.split('\n').flatMap(tokens)).toEqual(code.flatMap(tokens));
  expect(stripped).not.toContain('//');
});
