// What public/first-language.js decides before anything is painted, which is what the page decides.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';
import { languages } from '#words/languages.ts';
import { pickLanguage } from '#words/pick-language.ts';

const script = readFileSync(
  path.resolve(import.meta.dirname, '../../public/first-language.js'),
  'utf8',
);
const known = languages.map(({ tag }) => tag);

interface Visitor {
  search: string;
  /** What localStorage gives; an error where it may not be asked. */
  stored: string | null | Error;
  preferred: string[];
}

function decide({ search, stored, preferred }: Visitor) {
  const list = languages.map(({ tag, direction }) => `${tag}:${direction}`).join(' ');
  const root = { lang: 'en', dir: 'ltr', dataset: { languages: list } as Record<string, string> };
  const getItem = (key: string) => {
    if (stored instanceof Error) throw stored;
    return key === 'idlewild/language' ? stored : null;
  };
  const context = createContext({
    document: { documentElement: root, currentScript: { dataset: { kept: 'idlewild/language' } } },
    location: { search },
    navigator: { languages: preferred },
    localStorage: { getItem },
    URLSearchParams,
  });
  runInContext(script, context);
  return root;
}

const visitors: Visitor[] = [
  { search: '', stored: null, preferred: ['en-GB', 'ar'] },
  { search: '', stored: null, preferred: ['fr', 'AR-ma', 'en'] },
  { search: '', stored: null, preferred: ['fr'] },
  { search: '', stored: null, preferred: [] },
  { search: '?lang=ar', stored: '"en"', preferred: ['en'] },
  { search: '?lang=en', stored: '"ar"', preferred: ['ar'] },
  { search: '?lang=xx', stored: '"ar"', preferred: ['en'] },
  { search: '?duty=40', stored: '"ar"', preferred: ['en'] },
  { search: '', stored: 'broken', preferred: ['ar'] },
  { search: '', stored: '7', preferred: ['ar'] },
  { search: '', stored: new Error('refused'), preferred: ['ar'] },
];

function keptOf(stored: Visitor['stored']): string | null {
  try {
    const value: unknown = JSON.parse(String(stored));
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

test.each(visitors)('it is what the page picks: %o', (visitor) => {
  const { search, stored, preferred } = visitor;
  const { tag } = pickLanguage({ search, kept: keptOf(stored), preferred }, known);
  const { direction } = languages.find((language) => language.tag === tag) ?? {};
  const { lang, dir, dataset } = decide(visitor);
  expect({ lang, dir }).toEqual({ lang: tag, dir: direction });
  expect('wordless' in dataset).toBe(tag !== 'en');
});
