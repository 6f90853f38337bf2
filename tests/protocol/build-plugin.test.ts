// The limits of a built page stand where they are used.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inlineLimits } from '#protocol/build-plugin.ts';
import { limits } from '#protocol/limits.ts';

const importLine = `import { limits } from '#protocol/limits.ts';\n`;

test('a limit becomes its number, and the import goes', () => {
  const code = `${importLine}// More than limits allow.\nif (bytes > limits.workBodyBytesMax) throw 1;`;
  expect(inlineLimits(code)).toBe(
    `\n// More than limits allow.\nif (bytes > ${limits.workBodyBytesMax}) throw 1;`,
  );
});

test('what is not known by its name stays, and the import with it', () => {
  for (const use of ['const { textBytesMax } = limits;', 'limits[name];', 'limits.nothing;']) {
    expect(inlineLimits(`${importLine}${use}`)).toBe(`${importLine}${use}`);
  }
});

test('limits of others are left alone', () => {
  const code = 'const most = adapter.limits.maxBufferSize;';
  expect(inlineLimits(code)).toBe(code);
  const both = `${importLine}${code} limits.textBytesMax;`;
  expect(inlineLimits(both)).toBe(`\n${code} ${limits.textBytesMax};`);
});

test('wherever the import goes nothing of it is left', () => {
  const folder = path.resolve(import.meta.dirname, '../../src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const codes = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'))
    .filter((code) => /^import \{ limits \} from/m.test(code));
  expect(codes.length).toBeGreaterThan(10);
  const inlined = codes.map(inlineLimits).filter((code) => !/^import \{ limits \}/m.test(code));
  expect(inlined.length).toBeGreaterThan(10);
  for (const code of inlined) {
    const words = code.replace(/^\s*(\/\/|\/?\*).*$/gm, '');
    expect(words).not.toMatch(/(?<![.\w'])limits\s*[.[;})]/);
  }
});
