// Says a sentence of the dictionary in the visitor's language: English until another is spoken.
// Every view asks here, and shows itself again when the language changes.
import { englishErrors } from './en-errors.ts';
import { englishMachine } from './en-machine.ts';
import { englishRecord } from './en-record.ts';
import { englishSayings } from './en-sayings.ts';
import type { Language, PluralKey, SentenceKey, ValuesOf, Words } from './words.ts';

/** The frame's part comes with the frame (say-frame.ts). */
export const english = {
  ...englishMachine,
  ...englishRecord,
  ...englishErrors,
  ...englishSayings,
} as unknown as Words;

/** For English that only one entry says: that entry brings it, before it says any of it. */
export function learn(words: Partial<Words>): void {
  Object.assign(english, words);
}

interface Voice {
  /** BCP 47 for Intl, such as `en-GB`: the visitor's own variant of the language. */
  locale: string;
  direction: Language['direction'];
  words: Words;
}

let voice: Voice = { locale: 'en', direction: 'ltr', words: english };
let plurals = new Intl.PluralRules(voice.locale);
let numbers = new Intl.NumberFormat(voice.locale, { maximumFractionDigits: 0 });
const listeners: (() => void)[] = [];

export function speak(next: Voice): void {
  voice = next;
  plurals = new Intl.PluralRules(voice.locale);
  numbers = new Intl.NumberFormat(voice.locale, { maximumFractionDigits: 0 });
  for (const listener of listeners) listener();
}

export function currentLocale(): string {
  return voice.locale;
}

/** @param listener is called after each change of language */
export function onWords(listener: () => void): void {
  listeners.push(listener);
}

type Rest<Key extends SentenceKey> = [keyof ValuesOf<Key>] extends [never]
  ? []
  : [values: ValuesOf<Key>];

export function say<Key extends SentenceKey>(key: Key, ...[values]: Rest<Key>): string {
  // The constraint keeps counted nouns out, which the compiler cannot see through the mapping.
  const sentence = voice.words[key] as string;
  return values ? fill(sentence, values) : sentence;
}

/** "1 unit", "2 units", and the four further forms of Arabic. */
export function count(key: PluralKey, n: number): string {
  const forms = voice.words[key];
  return keepTogether(fill(forms[`=${n}`] ?? forms[plurals.select(n)] ?? forms.other, { n }));
}

function fill(sentence: string, values: Record<string, string | number>): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? numbers.format(value) : isolate(value);
  });
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
/** Letters of the other scripts, and the dots that shorten a digest: its ends must not swap. */
const leftToRight = /[A-Za-z\u00c0-\u058f\u0900-\u1fff\u2c00-\ufb1c…]/;
const firstStrongIsolate = '\u2068';
const popIsolate = '\u2069';

/** A name in a script of the other direction must not turn the sentence around it. */
function isolate(value: string): string {
  const other = voice.direction === 'rtl' ? leftToRight : rightToLeft;
  return other.test(value) ? firstStrongIsolate + value + popIsolate : value;
}

/** A number and its noun stay on one line. */
function keepTogether(words: string): string {
  return words.replace(' ', '\u00a0');
}
