// The widget and its frame as they are built, served with the headers that the real coordinator
// sends (embed.e2e.test.ts is against the real one). Behind the frame is the scripted contributor of
// tests/page.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { build, type Plugin } from 'vite';
import { buildWidget } from '#cli/build-widget.ts';
import { WIRE_VERSION } from '#protocol/wire.ts';
import { wordsPlugin } from '#words/build-plugin.ts';
import type { Conditions, ContributorStatus } from '#worker/status.ts';
import { listen, type Place, serveHost } from './host-site.ts';

const root = path.resolve(import.meta.dirname, '../..');

const fakeWorker: Plugin = {
  name: 'fake-worker',
  enforce: 'pre',
  resolveId: (source) =>
    source === '#worker/connect.ts' ? path.join(root, 'tests/page/fake-connect.ts') : null,
};

const own = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "worker-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; ",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

export const project = {
  id: 'project_library',
  name: 'The open library',
  words: 'We index the letters of a public library, so that anyone can search them by meaning.',
  contentClass: 'public',
};

export interface FrameSite extends Place {
  folder: string;
  /** Who may embed the project; the frame's headers and data block follow. */
  origins: string[];
  close(): Promise<void>;
}

export async function serveFrame(): Promise<FrameSite> {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-widget-'));
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [fakeWorker, wordsPlugin()],
    build: {
      outDir: folder,
      emptyOutDir: false,
      assetsInlineLimit: 0,
      modulePreload: false,
      target: 'es2023',
      rolldownOptions: {
        input: ['embed-frame.html', 'widget.html'].map((page) => path.join(root, page)),
      },
    },
  });
  await buildWidget(folder);
  const coordinator = await listen((request, response) => answer(site, request, response));
  const host = await serveHost('localhost');
  const site: FrameSite = {
    coordinator: `http://127.0.0.1:${coordinator.port}`,
    host,
    folder,
    origins: ['http://localhost:*'],
    async close() {
      await coordinator.close();
      await host.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return site;
}

async function answer(site: FrameSite, { url = '/' }: IncomingMessage, response: ServerResponse) {
  const { pathname } = new URL(url, 'http://127.0.0.1');
  const name = pathname === '/embed' ? '/embed-frame.html' : pathname;
  const bytes = await readFile(path.join(site.folder, path.normalize(name))).catch(() => null);
  if (!bytes) return void response.writeHead(404).end();
  const headers: Record<string, string> = { ...own, 'content-type': types[path.extname(name)] };
  if (pathname.startsWith('/widget/')) {
    headers['access-control-allow-origin'] = '*';
    headers['cross-origin-resource-policy'] = 'cross-origin';
  }
  if (pathname !== '/embed') return void response.writeHead(200, headers).end(bytes);
  headers['cross-origin-resource-policy'] = 'cross-origin';
  headers['content-security-policy'] += `frame-ancestors 'self' ${site.origins.join(' ')}`;
  const block = {
    name: 'Idlewild',
    project: project.name,
    projectId: project.id,
    words: project.words,
    projects: [{ ...project, models: [], verification: 'sampled', isDefault: true }],
    wire: WIRE_VERSION,
    embed: { origins: site.origins },
  };
  const json = JSON.stringify(block).replaceAll('<', '\\u003c');
  const script = `<script type="application/json" id="idlewild-coordinator">${json}</script>`;
  response.writeHead(200, headers);
  response.end(bytes.toString().replace('<!--idlewild:coordinator-->', script));
}

interface FakeGlobal {
  idlewildFake?: {
    calls: unknown[][];
    conditions: Conditions[];
    say(status: ContributorStatus): void;
  };
}

/** What the frame's scripted contributor was asked, by name and values. */
export async function asked(frame: FrameLocator): Promise<unknown[][]> {
  return frame.locator('body').evaluate(() => (globalThis as FakeGlobal).idlewildFake?.calls ?? []);
}

/** A hidden frame has no animation frames to look on. */
const polling = 50;

function innerFrame(page: Page) {
  return page.frames().find((frame) => new URL(frame.url()).pathname === '/embed');
}

/** Waits until the contributor was asked this so often. */
export async function called(page: Page, name: string, times: number): Promise<void> {
  await innerFrame(page)?.waitForFunction(
    ([wanted, often]) => {
      const calls = (globalThis as FakeGlobal).idlewildFake?.calls ?? [];
      return calls.filter(([call]) => call === wanted).length >= Number(often);
    },
    [name, times] as const,
    { polling },
  );
}

/** Waits until what the contributor was told last is that the frame is visible, or is not. */
export async function toldVisible(page: Page, visible: boolean): Promise<void> {
  await innerFrame(page)?.waitForFunction(
    (wanted) => (globalThis as FakeGlobal).idlewildFake?.conditions.at(-1)?.visible === wanted,
    visible,
    { polling },
  );
}

/** As the contributor's worker would. */
export async function say(frame: FrameLocator, status: ContributorStatus): Promise<void> {
  await frame
    .locator('body')
    .evaluate((_, said) => (globalThis as FakeGlobal).idlewildFake?.say(said), status);
}
