// The bundler's part in the limits: a built page has each where it is used, and carries none of those
// that only a server asks for, which are 0.5 kB gz.
import type { Plugin } from 'vite';
import { limits } from './limits.ts';

const importLine = /^import \{ limits \} from '[^']*limits\.ts';$/m;
/** In a line that is not a comment. */
const isNamed = /^(?!\s*(?:\/\/|\/?\*)).*(?<![.'])\blimits\b/m;

/** @param code that imports `limits`; any other is left as it is */
export function inlineLimits(code: string): string {
  if (!importLine.test(code)) return code;
  const values: Readonly<Record<string, number>> = limits;
  const inlined = code.replace(/(?<!\.)\blimits\.(\w+)/g, (text, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : text,
  );
  const rest = inlined.replace(importLine, '');
  return isNamed.test(rest) ? inlined : rest;
}

export function limitsPlugin(): Plugin {
  return {
    name: 'limits',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      const inlined = id.endsWith('.ts') ? inlineLimits(code) : code;
      return inlined === code ? null : { code: inlined, map: null };
    },
  };
}
