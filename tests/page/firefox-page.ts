// One page in Firefox, with the hands and eyes of a test on it. Each page is a visitor of its own,
// with storage that nobody else has.
import type { Bidi } from './bidi.ts';
import { type FirefoxHands, handsIn } from './firefox-hands.ts';
import { patienceLimits, waitLonger } from './wait-longer.ts';

export interface FirefoxPage extends FirefoxHands {
  /** Of its own document, as BiDi names it. */
  context: string;
  /** Addresses that the page and its workers asked the network for, in order. */
  requests: string[];
  /** Errors and warnings, of its console and uncaught. */
  complaints: string[];
  goto(url: string): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  /** @returns a PNG of the whole document */
  picture(): Promise<Buffer>;
  close(): Promise<void>;
}

export async function openFirefoxPage(bidi: Bidi): Promise<FirefoxPage> {
  const { userContext } = await bidi.command('browser.createUserContext');
  const { context } = await bidi.command('browsingContext.create', { type: 'tab', userContext });
  await bidi.command('script.addPreloadScript', {
    functionDeclaration: `() => (${waitLonger})(${JSON.stringify(patienceLimits)})`,
    contexts: [context],
  });
  const requests: string[] = [];
  const complaints: string[] = [];
  // A worker's requests and complaints name no page, so pages are open one at a time.
  const forget = [
    bidi.on('network.beforeRequestSent', ({ request: { url } }) => {
      // A data: address is no request to anybody.
      if (/^https?:/.test(url)) requests.push(url);
    }),
    bidi.on('log.entryAdded', ({ level, text }) => {
      if (level === 'error' || level === 'warn') complaints.push(text);
    }),
  ];

  return {
    context,
    requests,
    complaints,
    async goto(url) {
      await bidi.command('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    ...handsIn(bidi, context),
    async resize(width, height) {
      await bidi.command('browsingContext.setViewport', { context, viewport: { width, height } });
    },
    async picture() {
      const asked = { context, origin: 'document' };
      const { data } = await bidi.command('browsingContext.captureScreenshot', asked);
      return Buffer.from(data, 'base64');
    },
    async close() {
      for (const stop of forget) stop();
      await bidi.command('browser.removeUserContext', { userContext });
    },
  };
}
