// The dictionary as a whole: every language says the same things with the same values, every word
// is used, and no English sentence has stayed behind in the page.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { arabic } from '#words/ar.ts';
import { page as englishPage } from '#words/english-html.ts';
import { putWords } from '#words/put-words.ts';
import { english } from '#words/say.ts';
import '#words/say-account.ts';
import '#words/say-charts.ts';
import '#words/say-frame.ts';
import '#words/say-market.ts';
import '#words/say-payout.ts';
import '#words/say-verify.ts';
import type { Language } from '#words/words.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const pageFiles = readdirSync(path.join(root, 'src/page'))
  .filter((name) => name.endsWith('.ts') && !name.startsWith('admin'))
  .map((name) => `src/page/${name}`);
const htmlFiles = readdirSync(root).filter(
  (name) => name.endsWith('.html') && /\{[\w.-]+\}/.test(read(name)),
);

const englishAll = { ...english, ...englishPage } as Record<string, string | object>;
const formsOf = (text: string | object): string[] =>
  typeof text === 'string' ? [text] : Object.values(text);
const namesIn = (text: string | object) =>
  [...new Set(formsOf(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();

/** Sentences broken in another language: what is missing, left over, or has other values. */
function faultsOf({ tag, words, page }: Pick<Language, 'tag' | 'words' | 'page'>): string[] {
  const all = { ...words, ...page } as Record<string, string | object>;
  const faults = Object.keys(englishAll).filter((key) => !(key in all));
  for (const [key, text] of Object.entries(all)) {
    const known = englishAll[key];
    if (known === undefined) faults.push(key);
    else if (typeof known === 'string') {
      if (String(namesIn(text)) !== String(namesIn(known))) faults.push(key);
      if (text === '') faults.push(key);
    } else {
      // A form for one or two may say the number in words.
      if (namesIn(text).some((name) => name !== '{n}')) faults.push(key);
      const categories = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
      faults.push(...categories.filter((one) => !(one in (text as object))).map(() => key));
    }
  }
  return faults;
}

test('every language says the same, with the same values and all plural forms of its own', () => {
  expect(faultsOf({ tag: 'en', words: english, page: englishPage })).toEqual([]);
  expect(faultsOf(arabic)).toEqual([]);
  const broken = { ...arabic, words: { ...arabic.words, 'work.for': 'بلا قيمة' } };
  expect(faultsOf(broken)).toEqual(['work.for']);
});

test('Arabic is Arabic: no sentence of it has stayed English', () => {
  const names =
    /Idlewild|WebGPU|WebAssembly|JavaScript|https?|localhost|Chrome|Edge|Firefox|Safari/g;
  for (const [key, text] of Object.entries({ ...arabic.words, ...arabic.page })) {
    for (const form of formsOf(text)) {
      const rest = form.replace(/\{\w+\}/g, '').replace(names, '');
      expect(rest, key).not.toMatch(/[A-Za-z]{2}/);
    }
  }
});

test('every word is used', () => {
  const source = pageFiles.map(read).join('\n');
  const html = htmlFiles.map(read).join('\n');
  const format = read('src/words/format.ts');
  const code = `${source}\n${format}`;
  const patterns = [...code.matchAll(/`([a-z][\w.-]*\.)\$\{[^}]+\}(\.[\w.-]+)?`/g)].map(
    ([, before, after = '']) => new RegExp(`^${before}[\\w-]+${after}$`.replaceAll('.', '\\.')),
  );
  const isUsed = (key: string) =>
    code.includes(`'${key}'`) ||
    html.includes(`{${key}}`) ||
    patterns.some((pattern) => pattern.test(key));
  expect(Object.keys(englishAll).filter((key) => !isUsed(key))).toEqual([]);
  expect(isUsed('work.nobody-says-this')).toBe(false);
});

/** Text of a program that reads like a sentence: two words and an end, or three words. */
function sentencesIn(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
  const strings = code.match(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"/g) ?? [];
  return strings.filter((text) =>
    /[A-Z][a-z]+ [a-z]+|[a-z]+ [a-z]+ [a-z]+|[a-z]+ [a-z]+\./.test(text),
  );
}

test('no English sentence remains in the page', () => {
  expect(sentencesIn("setText(note, 'Not cleared at all.');")).toHaveLength(1);
  // For the programmer alone, and selectors.
  const known = /index\.html has no element|const textPlace/;
  for (const file of pageFiles) {
    // The configurator is for whoever builds a site, and speaks English as the docs do.
    if (/embed-(configurator|reference|snippet)\.ts$/.test(file)) continue;
    const found = sentencesIn(read(file)).filter((text) => !known.test(text));
    expect(found, file).toEqual([]);
  }
  for (const file of htmlFiles) {
    const text = read(file)
      .replace(/<!--[\s\S]*?-->/g, '')
      // Paths are the same in every language.
      .replace(/<code>\/v1\/\w+<\/code>/g, '')
      .replace(/<[^>]*>/g, '\n')
      .replace(/\{[\w.-]+\}/g, '');
    expect(text.match(/[A-Za-z]+/g)?.filter((word) => word !== 'Idlewild') ?? [], file).toEqual([]);
  }
});

test('the build puts English into the HTML, and refuses what it cannot put', () => {
  const put = putWords('<p id="a">{stored.title}</p><a title="{page.skip}"></a>', englishPage);
  expect(put).toBe(
    '<p id="a" data-words="stored.title">Stored in this browser</p>' +
      '<a data-words-title="page.skip" title="To the machine"></a>',
  );
  expect(putWords('<p>{x}</p>', { x: 'a < b & "c"' })).toContain('a &lt; b &amp; &quot;c&quot;');
  expect(() => putWords('<p>{no.such}</p>', englishPage)).toThrow('There are no words "no.such".');
  expect(() => putWords('<p>Hello {stored.title}</p>', englishPage)).toThrow('is not alone');
});
