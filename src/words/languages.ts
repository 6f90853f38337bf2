// The languages there are. Another one is a file like ar.ts and a line here.
import { english } from './say.ts';
import type { Language } from './words.ts';

interface Offer {
  /** BCP 47, the language alone. */
  tag: string;
  /** Its own name, in itself. */
  name: string;
  direction: Language['direction'];
  /** Fetched when it is needed: English is small enough to be always there, but for its HTML. */
  load(): Promise<Language>;
}

export const languages: readonly Offer[] = [
  {
    tag: 'en',
    name: 'English',
    direction: 'ltr',
    async load() {
      const { page } = await import('./english-html.ts');
      return { tag: 'en', direction: 'ltr', words: english, page };
    },
  },
  {
    tag: 'ar',
    name: 'العربية',
    direction: 'rtl',
    load: async () => (await import('./ar.ts')).arabic,
  },
];
