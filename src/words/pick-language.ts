// Which language to speak: the address's own wish, then what the visitor chose here before, then
// what the browser prefers, else English.

interface Wishes {
  /** The page's query, such as `?lang=ar`. */
  search: string;
  /** What was chosen at an earlier visit. */
  kept: string | null;
  /** navigator.languages: the most wanted first. */
  preferred: readonly string[];
}

interface Pick {
  tag: string;
  /** The visitor's own variant of it, for numbers and dates. */
  locale: string;
}

/** @param known the languages there are, without regions */
export function pickLanguage({ search, kept, preferred }: Wishes, known: readonly string[]): Pick {
  const wished = new URLSearchParams(search).get('lang');
  for (const wish of [wished, kept, ...preferred]) {
    const tag = wish === null ? '' : baseOf(wish);
    if (wish !== null && known.includes(tag))
      return { tag, locale: localeFor(tag, wish, preferred) };
  }
  return { tag: 'en', locale: 'en' };
}

function baseOf(tag: string): string {
  return tag.toLowerCase().split('-')[0];
}

/** `ar` in the address of somebody who reads `ar-MA` means `ar-MA`. */
function localeFor(tag: string, wish: string, preferred: readonly string[]): string {
  const candidates = wish.includes('-') ? [wish, ...preferred] : preferred;
  const own = candidates.find((candidate) => baseOf(candidate) === tag && isLocale(candidate));
  return own ?? tag;
}

function isLocale(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}
