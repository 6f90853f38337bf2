// The dictionary's types, taken from the English: a language that misses a word, or has one too
// many, does not compile.
import type { englishAccount } from './en-account.ts';
import type { englishCharts } from './en-charts.ts';
import type { englishErrors } from './en-errors.ts';
import type { englishFrame } from './en-frame.ts';
import type { englishMachine } from './en-machine.ts';
import type { englishMarket } from './en-market.ts';
import type { englishMarketPage } from './en-market-page.ts';
import type { englishPage } from './en-page.ts';
import type { englishPayout } from './en-payout.ts';
import type { englishRecord } from './en-record.ts';
import type { englishSayings } from './en-sayings.ts';
import type { englishVerify } from './en-verify.ts';

/**
 * A counted noun: a form for each plural category of its language, with {n} for the number; `=2` is
 * the form for that number alone.
 */
type Plural = Partial<Record<Intl.LDMLPluralRule | `=${number}`, string>> & {
  other: string;
};

/** The same keys, sentences for sentences and counted nouns for counted nouns. */
export type Translated<Texts> = {
  readonly [Key in keyof Texts]: Texts[Key] extends string ? string : Plural;
};

/** What scripts say. */
type English = typeof englishMachine &
  typeof englishRecord &
  typeof englishErrors &
  typeof englishSayings &
  typeof englishFrame &
  typeof englishVerify &
  typeof englishCharts &
  typeof englishAccount &
  typeof englishMarket &
  typeof englishPayout;
export type Words = Translated<English>;
/** What stands in the HTML. */
export type PageWords = Translated<typeof englishPage & typeof englishMarketPage>;

export type SentenceKey = {
  [Key in keyof English]: English[Key] extends string ? Key : never;
}[keyof English];
export type PluralKey = Exclude<keyof English, SentenceKey>;

type NamesIn<Sentence> = Sentence extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** The values that a sentence needs, by the {names} of its English form. */
export type ValuesOf<Key extends SentenceKey> = Record<NamesIn<English[Key]>, string | number>;

export interface Language {
  /** BCP 47, the language alone: `en`. */
  tag: string;
  direction: 'ltr' | 'rtl';
  words: Words;
  page: PageWords;
}
