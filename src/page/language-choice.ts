// The languages of the page, as links that work alone, and without a reload where scripts run. The
// choice is kept after consent; before it, the address holds it.
import { showIn, speakLanguage } from '#words/apply-words.ts';
import { languages } from '#words/languages.ts';
import { pickLanguage } from '#words/pick-language.ts';
import { english, speak } from '#words/say.ts';
import { create, find } from './elements.ts';
import { readKept } from './keep.ts';

const known = languages.map(({ tag }) => tag);

/** @param keepLanguage hears a choice of the visitor's, not a guess */
export function mountLanguages(keepLanguage: (tag: string) => void): void {
  const kept = readKept('language');
  const wishes = {
    search: location.search,
    kept: typeof kept === 'string' ? kept : null,
    preferred: navigator.languages,
  };
  const links = new Map<string, HTMLAnchorElement>();
  const mark = (tag: string) => {
    for (const [other, link] of links) {
      if (other === tag) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  };
  /** Where the words cannot be fetched, the language stays as it is. */
  const turnTo = async (tag: string, locale: string): Promise<boolean> => {
    const isSpoken = await speakLanguage(tag, locale).then(
      () => true,
      () => false,
    );
    if (isSpoken) mark(tag);
    return isSpoken;
  };

  for (const { tag, name } of languages) {
    const link = create('a', '', name) as HTMLAnchorElement;
    const url = new URL(location.href);
    url.searchParams.set('lang', tag);
    Object.assign(link, { href: url.href, lang: tag, hreflang: tag });
    link.addEventListener('click', async (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      const { locale } = pickLanguage({ ...wishes, search: `?lang=${tag}` }, known);
      if (!(await turnTo(tag, locale))) return;
      history.replaceState(history.state, '', url);
      carry(url.search);
      keepLanguage(tag);
    });
    links.set(tag, link);
    find('languages').append(link);
  }
  carry(location.search);
  const { tag, locale } = pickLanguage(wishes, known);
  mark('en');
  // The document is English already: only its numbers may be another region's.
  if (tag === 'en') {
    speak({ locale, direction: 'ltr', words: english });
    showIn('en');
  } else {
    void turnTo(tag, locale).then((isSpoken) => isSpoken || showIn('en'));
  }
}

/** The other page speaks what the address says as well: before consent nothing else keeps it. */
function carry(search: string): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-lang]')) {
    const lang = new URLSearchParams(search).get('lang');
    link.search = lang ? `?lang=${lang}` : '';
  }
}
