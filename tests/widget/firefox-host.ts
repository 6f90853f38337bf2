// A host site with the widget in Firefox: hands on the coordinator's frame, and ears for what the host
// page is told.
import type { Bidi } from '../page/bidi.ts';
import { type FirefoxHands, handsIn } from '../page/firefox-hands.ts';
import { type FirefoxPage, openFirefoxPage } from '../page/firefox-page.ts';
import { type Heard, type HostPage, hearEvents, type Place, serveWidget } from './host-site.ts';

export interface FirefoxHost {
  page: FirefoxPage;
  frame: FirefoxHands;
  /** Waits for an event of this name whose detail has these fields, and returns its detail. */
  heard(name: string, fields?: object): Promise<Record<string, unknown>>;
  /** How many events the host was told so far. */
  count(): Promise<number>;
  /** As the host page's own script calls it. */
  method(name: 'start' | 'pause' | 'finish'): Promise<void>;
  /** Waits until nothing stands in the way of a click in the frame. */
  seen(): Promise<void>;
  close(): Promise<void>;
}

export async function openFirefoxHost(
  bidi: Bidi,
  place: Place,
  options: HostPage,
): Promise<FirefoxHost> {
  serveWidget(place, options);
  const page = await openFirefoxPage(bidi);
  const { context } = page;
  await bidi.command('script.addPreloadScript', {
    functionDeclaration: String(hearEvents),
    contexts: [context],
  });
  await page.resize(800, 600);
  await page.goto(place.host.origin);
  const heard = async (name: string, fields: object = {}) => {
    await page.until(hasHeard, name, fields);
    return page.call(findHeard, name, fields);
  };
  await heard('ready');
  const { contexts } = await bidi.command('browsingContext.getTree', { root: context });
  const frame = handsIn(bidi, contexts[0].children[0].context);
  return {
    page,
    frame,
    heard,
    count: () => page.call(() => Number(document.documentElement.dataset.heard ?? 0)),
    method: (name) => page.call(callMethod, name),
    seen: () => frame.until(() => document.body.dataset.unseen === ''),
    close: () => page.close(),
  };
}

/** These run in the host page; each stands alone. */
function hasHeard(name: string, fields: object): boolean {
  const { heard } = globalThis as unknown as { heard: Heard[] };
  const wanted = Object.entries(fields);
  return heard.some(
    ([said, detail]) => said === name && wanted.every(([key, value]) => detail[key] === value),
  );
}

function findHeard(name: string, fields: object): Record<string, unknown> {
  const { heard } = globalThis as unknown as { heard: Heard[] };
  const wanted = Object.entries(fields);
  const found = heard.findLast(
    ([said, detail]) => said === name && wanted.every(([key, value]) => detail[key] === value),
  );
  return found?.[1] ?? {};
}

function callMethod(name: 'start' | 'pause' | 'finish'): void {
  document.querySelector('idlewild-contributor')?.[name]();
}
