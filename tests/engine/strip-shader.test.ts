// The kernels as they are shipped: the same code, line for line, without its comments.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stripShader } from '#engine/strip-shader.ts';

test('comments, indentation and empty lines go', () => {
  const text = '// About it.\n\nfn a() {\n  return 1 / 2; // Half.\n}\n';
  expect(stripShader(text)).toBe('fn a() {\nreturn 1 / 2;\n}\n');
});

test('a comment that may span lines is refused', () => {
  expect(() => stripShader('fn a() { /* return */ }')).toThrow('written with //');
});

const folder = path.resolve(import.meta.dirname, '../../shaders');

test.each(readdirSync(folder))('%s keeps every word of its code', (name) => {
  const text = readFileSync(path.join(folder, name), 'utf8');
  const stripped = stripShader(text);
  const words = (lines: string[]) => lines.join('\n').split(/\s+/).filter(Boolean);
  const code = text.split('\n').map((line) => line.split('//')[0]);
  expect(words(stripped.split('\n'))).toEqual(words(code));
  expect(stripped).not.toContain('//');
});
