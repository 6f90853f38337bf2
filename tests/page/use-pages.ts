// The opening of the page's browser tests: one build of it served, and one browser, for each file.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { type Beginning, begin } from './prepare-page.ts';
import { openBrowser, type Site, servePage, type Visit, visit } from './serve-page.ts';

export interface Pages {
  readonly site: Site;
  readonly browser: Browser;
  visit(options?: Visit): ReturnType<typeof visit>;
  begin(beginning: Beginning): ReturnType<typeof begin>;
}

export function usePages(): Pages {
  let opened: [Site, Browser] | null = null;
  const parts = () => {
    if (!opened) throw new Error('Nothing is open before the tests begin.');
    return opened;
  };
  beforeAll(async () => {
    opened = await Promise.all([servePage(), openBrowser()]);
  });
  afterAll(async () => {
    await opened?.[1].close();
    await opened?.[0].close();
  });
  return {
    get site() {
      return parts()[0];
    },
    get browser() {
      return parts()[1];
    },
    visit: (options) => visit(parts()[1], parts()[0], options),
    begin: (beginning) => begin(parts()[1], parts()[0], beginning),
  };
}
