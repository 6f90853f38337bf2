// A language as people write it, by Whisper's code or by its English name, and the name that OpenAI's
// answers carry.
import { IdlewildError } from '#protocol/errors.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Codes that Whisper took before their standard changed them. */
const renamed = new Map([['jw', 'jv']]);

/** In lower case, such as `english`. */
export function languageName(code: string): string {
  const names = new Intl.DisplayNames(['en'], { type: 'language' });
  return (names.of(renamed.get(code) ?? code) ?? code).toLowerCase();
}

/**
 * @param written such as `en`, `EN-us` or `English`
 * @returns Whisper's code
 * @throws speech/language
 */
export function findLanguage(written: string, { languages }: Vocabulary): string {
  const wanted = written.trim().toLowerCase();
  const primary = wanted.split(/[-_]/)[0];
  for (const code of languages.keys()) {
    if (code === primary || renamed.get(code) === primary || languageName(code) === wanted) {
      return code;
    }
  }
  const shown = written.slice(0, 40);
  throw new IdlewildError('speech/language', `The model does not know the language "${shown}".`, {
    metaMessages: [`It knows ${[...languages.keys()].join(', ')}.`],
  });
}
