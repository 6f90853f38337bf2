// A Chromium for tests that is waited for as long as a machine may take that has other work: half a
// minute, as Playwright has it, is less than that.
import type { Browser } from 'playwright-core';
import { type LaunchOptions, launchChromium } from '#cli/chromium.ts';

/** Of whatever a test waits for in a page. Many times what it takes on a machine at rest. */
export const patienceMs = 150_000;

export async function launchPatiently(options: LaunchOptions): Promise<Browser> {
  const browser = await launchChromium(options);
  browser.on('context', (context) => context.setDefaultTimeout(patienceMs));
  return browser;
}
