// How a sentence is said: values put in by the language's own rules, names of other scripts kept
// from turning it around, and the language that a visitor gets.
import { afterEach, expect, test } from 'vitest';
import { arabic } from '#words/ar.ts';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatDuration,
  formatLarge,
  formatPercent,
} from '#words/format.ts';
import { pickLanguage } from '#words/pick-language.ts';
import { count, english, onWords, say, speak } from '#words/say.ts';

const inArabic = () => speak({ locale: 'ar-EG', direction: 'rtl', words: arabic.words });

afterEach(() => speak({ locale: 'en', direction: 'ltr', words: english }));

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test('counted nouns take the form of their number', () => {
  expect([0, 1, 2, 1234].map((n) => plain(count('count.units', n)))).toEqual([
    '0 units',
    '1 unit',
    '2 units',
    '1,234 units',
  ]);
  expect([1, 2, 3, 7].map((n) => plain(count('pause.count', n)))).toEqual([
    'one reason',
    'two reasons',
    'three reasons',
    '7 reasons',
  ]);
  inArabic();
  expect([0, 1, 2, 3, 11, 100].map((n) => plain(count('count.units', n)))).toEqual([
    'لا وحدات',
    'وحدة واحدة',
    'وحدتان',
    '٣ وحدات',
    '١١ وحدة',
    '١٠٠ وحدة',
  ]);
});

test('numbers are the language’s own', () => {
  inArabic();
  expect(formatCount(1234)).toBe('١٬٢٣٤');
  expect(plain(formatBytes(9_400_000))).toBe('٩٫٤ م.ب');
  expect(plain(formatDuration(7_800_000))).toBe('٢ س ١٠ د');
  expect(formatLarge(134_200_000_000)).toContain('مليار');
  expect(formatPercent(60)).toMatch(/^٦٠/);
  expect(formatDay(1, 'long')).toBe('الاثنين');
  expect(formatDay(1, 'short')).toHaveLength(1);
});

test('a name in another direction is set apart, and never turns the sentence', () => {
  expect(say('work.for', { project: 'The open library' })).not.toMatch(/[\u2068\u2069]/);
  expect(say('work.for', { project: 'مكتبة' })).toContain('\u2068مكتبة\u2069');
  inArabic();
  expect(say('work.for', { project: 'The open library' })).toContain(
    '\u2068The open library\u2069',
  );
});

test('braces in a stranger’s name are no places for values', () => {
  const said = say('work.both', { project: '{model} $& $1', model: 'M' });
  expect(said).toBe('Turning texts into vectors for {model} $& $1, with M.');
});

test('views hear of another language', () => {
  let heard = 0;
  onWords(() => heard++);
  inArabic();
  expect(heard).toBe(1);
  expect(say('phase.idle.title')).toBe('ساكن');
});

test('the language is the address’s, the kept one’s, the browser’s, or English', () => {
  const known = ['en', 'ar'];
  const pick = (search: string, kept: string | null, ...preferred: string[]) =>
    pickLanguage({ search, kept, preferred }, known);
  expect(pick('', null)).toEqual({ tag: 'en', locale: 'en' });
  expect(pick('', null, 'fr-FR', 'ar-MA', 'en-GB')).toEqual({ tag: 'ar', locale: 'ar-MA' });
  expect(pick('', 'ar', 'en-GB')).toEqual({ tag: 'ar', locale: 'ar' });
  expect(pick('?lang=en', 'ar', 'ar', 'en-GB')).toEqual({ tag: 'en', locale: 'en-GB' });
  expect(pick('?lang=ar-EG', null, 'en')).toEqual({ tag: 'ar', locale: 'ar-EG' });
  expect(pick('?lang=xx', null, 'en-US')).toEqual({ tag: 'en', locale: 'en-US' });
  expect(pick('?lang=%3Cb%3E', '"', '')).toEqual({ tag: 'en', locale: 'en' });
  expect(pick('?lang=ar-', null, 'en')).toEqual({ tag: 'ar', locale: 'ar' });
});
