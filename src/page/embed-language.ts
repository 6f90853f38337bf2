// The frame speaks the host page's language where it can, else the visitor's.
import { showIn, speakLanguage } from '#words/apply-words.ts';
import { languages } from '#words/languages.ts';
import { pickLanguage } from '#words/pick-language.ts';

let spoken = 'en';

/** @param search such as `?lang=ar` */
export async function speakFor(search: string): Promise<void> {
  const known = languages.map(({ tag }) => tag);
  const { tag, locale } = pickLanguage(
    { search, kept: null, preferred: navigator.languages },
    known,
  );
  if (tag === spoken) return showIn(tag);
  const before = spoken;
  spoken = tag;
  await speakLanguage(tag, locale).catch(() => {
    // It could not be fetched: what is spoken already stays.
    spoken = before;
    showIn(before);
  });
}
