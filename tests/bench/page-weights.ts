// What a browser really fetches of the shipped build, before any click and from Start to the first
// result, gzipped as a server before the coordinator would send it.
import { gzipSync } from 'node:zlib';
import type { BrowserContext, Worker } from 'playwright-core';
import { openProfile } from './page-site.ts';
import { visit } from './page-visits.ts';

export interface Fetched {
  /** Without the digest of its content. */
  name: string;
  kind: 'script' | 'wasm' | 'other';
  bytes: number;
  gzipped: number;
  /** As the coordinator itself sends it to a browser. */
  sent: number;
}

interface PageWeights {
  /** Before any click. */
  page: Fetched[];
  frame: Fetched[];
  widget: Fetched[];
}

export const sum = (files: readonly Fetched[]) =>
  files.reduce((total, { gzipped }) => total + gzipped, 0);

export const sumSent = (files: readonly Fetched[]) =>
  files.reduce((total, { sent }) => total + sent, 0);

export const ofKind = (files: readonly Fetched[], ...kinds: Fetched['kind'][]) =>
  files.filter(({ kind }) => kinds.includes(kind));

/** The page, and the example of a site that embeds the frame, opened and left alone. */
export async function weighPages(origin: string): Promise<PageWeights> {
  const { context, close } = await openProfile({ webgpu: false });
  try {
    const page = await addressesOf(context, `${origin}/?lang=en`);
    const host = await addressesOf(context, `${origin}/embed.html`);
    const framed = host.filter(({ isFramed }) => isFramed);
    const module = host.filter(({ address }) => address === `${origin}/widget/idlewild.js`);
    return {
      page: await weigh(page.map(({ address }) => address)),
      frame: await weigh(framed.map(({ address }) => address)),
      widget: await weigh(module.map(({ address }) => address)),
    };
  } finally {
    await close();
  }
}

interface Address {
  address: string;
  isFramed: boolean;
}

async function addressesOf(context: BrowserContext, address: string): Promise<Address[]> {
  const page = await context.newPage();
  const found: Address[] = [];
  page.on('request', (request) => {
    found.push({ address: request.url(), isFramed: request.frame().parentFrame() !== null });
  });
  await page.goto(address, { waitUntil: 'networkidle' });
  await page.close();
  return found;
}

export interface WorkerWeights {
  /** All that the worker fetches until its first result. */
  worker: Fetched[];
  /** Of it, what comes at once: its entry, and what that imports. */
  entry: Fetched[];
  /** What the page fetched besides after the click, to speak with it. */
  page: Fetched[];
}

/** A first visit, and a second one of the same profile, whose session still holds. */
export async function weighWorker(
  origin: string,
  backend: 'wasm' | 'webgpu',
): Promise<{ first: WorkerWeights; second: WorkerWeights }> {
  const { context, close } = await openProfile({ webgpu: backend === 'webgpu' });
  try {
    const address = `${origin}/?lang=en&backend=${backend}`;
    const first = await weighVisit(context, address);
    return { first, second: await weighVisit(context, address) };
  } finally {
    await close();
  }
}

/**
 * The look at the log, and the tuning of a GPU, begin when the first result was posted
 * (tests/worker/first-look.e2e.test.ts), a moment before the page hears of that result or after it.
 * What they fetch first comes before all else of theirs.
 */
const afterResult = /\/(log-watch|time-variants)-[\w-]{8}\.js$/;

async function weighVisit(context: BrowserContext, address: string): Promise<WorkerWeights> {
  const asked: string[] = [];
  let [entry, later]: string[][] = [[], []];
  await visit({
    context,
    address,
    onOpen(page) {
      page.on('request', (request) => asked.push(request.url()));
    },
    async onResult(page) {
      const [worker, ...others] = page.workers();
      if (!worker || others.length > 0) throw new Error('One worker was expected.');
      // A worker's list lacks its entry and what that imports: they are on the page's.
      [entry, later] = [await followImports(worker.url()), await listFetched(worker)];
    },
  });
  const isOurs = (url: string) => /\.(js|wasm)$/.test(url);
  const end = later.findIndex((url) => afterResult.test(url));
  const worker = [...entry, ...later.slice(0, end < 0 ? undefined : end).filter(isOurs)];
  const others = asked.filter((url) => isOurs(url) && ![...worker, ...later].includes(url));
  return { worker: await weigh(worker), entry: await weigh(entry), page: await weigh(others) };
}

/** A script and all that it imports at once. */
async function followImports(address: string, found: string[] = []): Promise<string[]> {
  if (found.includes(address)) return found;
  found.push(address);
  const script = await (await fetch(address)).text();
  const imports = script.matchAll(/(?:\bfrom|\bimport)\s*["'`](\.\/[^"'`]+)["'`]/g);
  for (const [, imported] of imports) await followImports(new URL(imported, address).href, found);
  return found;
}

/** By its own account, in the order in which they were asked for. */
async function listFetched(side: Worker): Promise<string[]> {
  const names = `performance.getEntriesByType('resource')
    .toSorted((a, b) => a.startTime - b.startTime).map(({ name }) => name)`;
  return (await side.evaluate(names)) as string[];
}

async function weigh(addresses: readonly string[]): Promise<Fetched[]> {
  return Promise.all([...new Set(addresses)].map(weighOne));
}

async function weighOne(address: string): Promise<Fetched> {
  const answer = await fetch(address, { headers: { 'accept-encoding': 'br' } });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}.`);
  const content = Buffer.from(await answer.arrayBuffer());
  const type = answer.headers.get('content-type') ?? '';
  return {
    name: new URL(address).pathname.replace(/^.*\//, '').replace(/-[\w-]{8}(\.\w+)$/, '$1'),
    kind: /javascript/.test(type) ? 'script' : /wasm/.test(type) ? 'wasm' : 'other',
    bytes: content.length,
    gzipped: gzipSync(content).length,
    sent: Number(answer.headers.get('content-length') ?? content.length),
  };
}
