// The real index.html and src/page, built as they are shipped and served under the strictest
// headers, with the worker's door replaced by fake-connect.ts.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page, Route } from 'playwright-core';
import { build, type Plugin, preview } from 'vite';
import { wordsPlugin } from '#words/build-plugin.ts';
import type { Conditions, ContributorStatus } from '#worker/status.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** A name that is not localhost, so that the page is no secure context there. */
export const insecureHost = 'idlewild.test';

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

export const coordinatorBlock = {
  name: 'idlewild.example',
  words: 'We index the letters of a public library, so that anyone can search them by meaning.',
  project: 'The open library',
  models: [
    {
      id: 'a3f1c29be07d'.padEnd(64, '0'),
      name: 'all-MiniLM-L6-v2',
      licence: 'Apache-2.0',
      bytes: 23_068_672,
    },
  ],
  wire: 2,
  arithmetic: 'idlewild-exact/1',
  laboratory: false,
  projectId: 'library',
  projects: [
    {
      id: 'library',
      name: 'The open library',
      words: 'We index the letters of a public library, so that anyone can search them by meaning.',
      contentClass: 'public',
      models: [],
      verification: 'sampled',
      isDefault: true,
    },
  ],
  consentMs: 90 * 86_400_000,
};

const fakeWorker: Plugin = {
  name: 'fake-worker',
  enforce: 'pre',
  resolveId: (source) =>
    source === '#worker/connect.ts' ? path.join(root, 'tests/page/fake-connect.ts') : null,
};

export interface Site {
  url: string;
  folder: string;
  close(): Promise<void>;
}

export async function servePage(): Promise<Site> {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-page-'));
  const shared = { root, configFile: false, logLevel: 'warn' } as const;
  const input = ['index.html', 'market.html'].map((name) => path.join(root, name));
  const rolldownOptions = { input };
  const target = { outDir: folder, emptyOutDir: false, modulePreload: false, rolldownOptions };
  await build({ ...shared, plugins: [fakeWorker, wordsPlugin()], build: target });
  const server = await preview({
    ...shared,
    build: { outDir: folder },
    preview: { port: 0, host: '127.0.0.1', headers, allowedHosts: [insecureHost] },
  });
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('The page has no address.');
  return {
    url,
    folder,
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function openBrowser(): Promise<Browser> {
  const args = [`--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`];
  return launchPatiently({ webgpu: false, args });
}

export interface Visit extends BrowserContextOptions {
  /** The coordinator's data block; null for a page without one. */
  block?: object | null;
  /** Appended to the page's address. */
  search?: string;
  host?: string;
  /** Script that runs in the page before its own. */
  before?: string;
}

/** Opens the page as the coordinator serves it. Complaints gather in `complaints`. */
export async function visit(browser: Browser, site: Site, options: Visit = {}) {
  const { block = coordinatorBlock, search = '', host, before, ...context } = options;
  const page = await (await browser.newContext(context)).newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const url = new URL(`${site.url}${search}`);
  if (host) url.hostname = host;
  if (block) await page.route(url.href, (route) => putIn(route, block));
  if (before) await page.addInitScript(before);
  await page.goto(url.href);
  return { page, complaints };
}

async function putIn(route: Route, block: object): Promise<void> {
  const response = await route.fetch();
  const json = JSON.stringify(block).replaceAll('<', '\\u003c');
  const script = `<script type="application/json" id="idlewild-coordinator">${json}</script>`;
  const html = await response.text();
  await route.fulfill({ response, body: html.replace('<!--idlewild:coordinator-->', script) });
}

interface FakeGlobal {
  idlewildFake?: {
    calls: unknown[][];
    conditions: Conditions[];
    say(status: ContributorStatus): void;
  };
}

/** Waits until the page has called the fake contributor so often. */
export async function called(page: Page, times: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => ((globalThis as FakeGlobal).idlewildFake?.calls.length ?? 0) >= wanted,
    times,
  );
}

/** Presses Start and waits until the fake contributor was called. */
export async function start(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await called(page, 1);
}

export async function say(page: Page, status: ContributorStatus): Promise<void> {
  await page.evaluate((said) => (globalThis as FakeGlobal).idlewildFake?.say(said), status);
}

export async function calls(page: Page): Promise<unknown[][]> {
  return page.evaluate(() => (globalThis as FakeGlobal).idlewildFake?.calls ?? []);
}

/** What the page told of itself and the machine, the newest last. */
export async function conditions(page: Page): Promise<Conditions[]> {
  return page.evaluate(() => (globalThis as FakeGlobal).idlewildFake?.conditions ?? []);
}

/** Waits until the newest of them says this. */
export async function told<Name extends keyof Conditions>(
  page: Page,
  name: Name,
  value: Conditions[Name],
): Promise<void> {
  await page.waitForFunction(
    ([key, wanted]) => {
      const newest = (globalThis as FakeGlobal).idlewildFake?.conditions.at(-1);
      return newest?.[key as keyof Conditions] === wanted;
    },
    [name, value] as const,
  );
}

/** What is visible of an element, with ordinary spaces. */
export async function words(element: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: only what is shown counts
  return (await element.innerText()).replaceAll('\u00a0', ' ');
}
