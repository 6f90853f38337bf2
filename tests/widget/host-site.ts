// A host site on another origin than the coordinator's, and a visitor's browser on it: what the
// element says gathers in the page.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '#cli/chromium.ts';
import { patienceMs } from '../cli/patient-chromium.ts';
import { patienceLimits, waitLonger } from '../page/wait-longer.ts';

export interface HostSite {
  origin: string;
  /** The page to serve next, and its headers. */
  serve(html: string, headers: Record<string, string>): void;
  close(): Promise<void>;
}

/** Where the widget comes from, and where it is shown. */
export interface Place {
  /** The coordinator's origin. */
  coordinator: string;
  host: HostSite;
}

export interface LocalServer {
  port: number;
  close(): Promise<void>;
}

export async function listen(answer: RequestListener): Promise<LocalServer> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @param name localhost and 127.0.0.1 are two sites to a browser */
export async function serveHost(name: 'localhost' | '127.0.0.1'): Promise<HostSite> {
  let page = { html: '', headers: {} };
  const server = await listen((request, response) => {
    // Such as the icon that a browser asks for by itself.
    if (request.url !== '/') return void response.writeHead(204).end();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...page.headers });
    response.end(page.html);
  });
  return {
    origin: `http://${name}:${server.port}`,
    serve(html, headers) {
      page = { html, headers };
    },
    close: () => server.close(),
  };
}

export interface Profile {
  context: BrowserContext;
  close(): Promise<void>;
}

/** Frames of other sites get storage, each site its own: not so by itself in every Chromium. */
const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };

/** A visitor's ordinary profile; in a private window frames of other sites have no storage. */
export async function openProfile(): Promise<Profile> {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-profile-'));
  await mkdir(path.join(folder, 'Default'));
  await writeFile(path.join(folder, 'Default/Preferences'), JSON.stringify(preferences));
  const isRoot = process.getuid?.() === 0;
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: await findChromium(),
    args: [
      '--no-first-run',
      '--disable-background-networking',
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
  });
  context.setDefaultTimeout(patienceMs);
  return {
    context,
    async close() {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface HostPage {
  /** Attributes of the element, as HTML. */
  attributes?: string;
  /** Before and after the element. */
  before?: string;
  after?: string;
  headers?: Record<string, string>;
  /** As an attribute of the module's script. */
  integrity?: string;
  viewport?: { width: number; height: number };
  dark?: boolean;
  /** Runs in the frame before its own scripts. */
  frameScript?: string;
  /** It is about a coordinator that does not answer: the element waits no longer than it does. */
  isUnanswered?: boolean;
  /** As in a browser that has only the first version of IntersectionObserver. */
  firstVersion?: boolean;
}

/** Serves a page with the widget from now on. */
export function serveWidget(place: Place, options: HostPage = {}): void {
  const { attributes = '', before = '', after = '', headers = {}, integrity } = options;
  const pin = integrity ? ` integrity="${integrity}"` : '';
  place.host.serve(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>A host</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      ${before}
      <idlewild-contributor ${attributes}><a href="#">Instead</a></idlewild-contributor>
      ${after}
      <script type="module" src="${place.coordinator}/widget/idlewild.js"${pin}
        crossorigin="anonymous"></script>`,
    headers,
  );
}

/** A host page with the widget; what the element says gathers in its `heard`. */
export async function visitHost(context: BrowserContext, place: Place, options: HostPage = {}) {
  const { viewport } = options;
  serveWidget(place, options);
  const page = await context.newPage();
  await page.setViewportSize(viewport ?? { width: 800, height: 600 });
  await page.emulateMedia({ colorScheme: options.dark ? 'dark' : 'light' });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  if (!options.isUnanswered) await page.addInitScript(waitLonger, patienceLimits);
  await page.addInitScript(hearEvents);
  if (options.frameScript) {
    await page.addInitScript(`if (location.pathname === '/embed') { ${options.frameScript} }`);
  }
  if (options.firstVersion) await page.addInitScript(keepFirstVersion);
  await page.goto(place.host.origin);
  const frame = page.frameLocator('idlewild-contributor iframe');
  /** Leaves no consent for the next visit. */
  const close = async () => {
    await frame.locator('body').evaluate(() => localStorage.clear());
    await page.close();
  };
  return { page, complaints, frame, close };
}

/** In the host page, before its own scripts: keeps what the element dispatches, and marks it. */
export function hearEvents() {
  const heard: unknown[] = [];
  Object.assign(globalThis, { heard });
  document.addEventListener('DOMContentLoaded', () => {
    const widget = document.querySelector('idlewild-contributor');
    const names = ['ready', 'consentchange', 'statuschange', 'progress', 'credit', 'error'];
    for (const name of names) {
      widget?.addEventListener(name, (event) => {
        heard.push([name, (event as CustomEvent).detail, event instanceof CustomEvent]);
        document.documentElement.dataset.heard = String(heard.length);
      });
    }
  });
}

function keepFirstVersion() {
  Object.defineProperty(IntersectionObserverEntry.prototype, 'isVisible', { value: undefined });
  globalThis.IntersectionObserver = new Proxy(IntersectionObserver, {
    construct: (Native, [callback, { threshold }]) => new Native(callback, { threshold }),
  });
}

export type Heard = [name: string, detail: Record<string, unknown>, isCustom: boolean];

/** Waits for an event of this name whose detail has these fields, and returns its detail. */
export async function heard(page: Page, name: string, fields: object = {}) {
  const found = await page.waitForFunction(
    ([wanted, wantedFields]) => {
      const { heard } = globalThis as unknown as { heard: Heard[] };
      return heard.findLast(
        ([said, detail]) =>
          said === wanted &&
          Object.entries(wantedFields as object).every(([key, value]) => detail[key] === value),
      );
    },
    [name, fields] as const,
  );
  const event = (await found.jsonValue()) as Heard;
  return event[1];
}

export async function allHeard(page: Page): Promise<Heard[]> {
  return page.evaluate(() => (globalThis as unknown as { heard: Heard[] }).heard);
}
