// Turns the document to another language: what the build wrote into the HTML is written again.
import { languages } from './languages.ts';
import { speak } from './say.ts';

/** data-words puts a sentence into an element, data-words-NAME into its attribute NAME. */
const attributes = ['content', 'aria-label'] as const;

/** @param locale the visitor's own variant of the language */
export async function speakLanguage(tag: string, locale: string): Promise<void> {
  const offer = languages.find((language) => language.tag === tag);
  if (!offer) return;
  const { direction, words, page } = await offer.load();
  showIn(tag);
  const all: Record<string, unknown> = { ...words, ...page };
  const textOf = (key: string | null) => all[key ?? ''];
  for (const element of document.querySelectorAll('[data-words]')) {
    const text = textOf(element.getAttribute('data-words'));
    if (typeof text === 'string') element.textContent = text;
  }
  for (const name of attributes) {
    for (const element of document.querySelectorAll(`[data-words-${name}]`)) {
      const text = textOf(element.getAttribute(`data-words-${name}`));
      if (typeof text === 'string') element.setAttribute(name, text);
    }
  }
  speak({ locale, direction, words });
}

/** What is written, or is about to be, is of this language: the blank of public/first-language.js ends, if it was. */
export function showIn(tag: string): void {
  const { documentElement: root } = document;
  root.lang = tag;
  root.dir = languages.find((language) => language.tag === tag)?.direction ?? 'ltr';
  delete root.dataset.wordless;
}
