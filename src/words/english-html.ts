// What stands in the HTML of all pages, in English.
import { englishMarketPage } from './en-market-page.ts';
import { englishPage } from './en-page.ts';
import type { PageWords } from './words.ts';

export const page: PageWords = { ...englishPage, ...englishMarketPage };
