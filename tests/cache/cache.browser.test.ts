// The shard cache in a real Chromium, with OPFS, IndexedDB, quota and Web Locks as they are.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ShardSource } from '#cache/fetch-shard.ts';
import { type Bytes, toHex } from '#protocol/bytes.ts';
import { sha256 } from '#sha256';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { serveHarness } from '../worker/serve-harness.ts';

const shardBytes = 300_000;

/** A shard whose every byte is `fill`. */
function makeShard(fill: number): { source: ShardSource; bytes: Bytes } {
  const bytes = new Uint8Array(shardBytes).fill(fill);
  return { bytes, source: { sha256: toHex(sha256(bytes)), bytes: shardBytes } };
}

const shards = [1, 2, 3].map(makeShard);
const sources = shards.map(({ source }) => source);
let requests: { name: string; range: string | null }[] = [];
/** What is wrong with the next answers, the first first. */
let faults: ((bytes: Bytes, start: number) => Response)[] = [];

let server: Awaited<ReturnType<typeof serveHarness>>;
let browser: Browser;
let page: Page;

function answer(url: URL, { headers }: { headers: Headers }): Promise<Response> {
  const name = url.pathname.split('/').at(-1) ?? '';
  const range = headers.get('range');
  requests.push({ name: String(sources.findIndex((one) => one.sha256 === name)), range });
  const bytes = shards.find(({ source }) => source.sha256 === name)?.bytes;
  if (!bytes) return Promise.resolve(new Response('', { status: 404 }));
  const start = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
  return Promise.resolve((faults.shift() ?? serve)(bytes, start));
}

function serve(bytes: Bytes, start: number): Response {
  if (start === 0) return new Response(bytes);
  const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  return new Response(bytes.subarray(start), { status: 206, headers: { 'content-range': range } });
}

/** Sends so many bytes and ends as if that were all. */
const endAfter = (count: number) => (bytes: Bytes, start: number) =>
  new Response(bytes.subarray(start, start + count), serve(bytes, start));

/** Sends so many bytes, then breaks the connection. */
const breakAfter = (count: number) => (bytes: Bytes, start: number) => {
  const whole = serve(bytes, start);
  let sent = false;
  const body = new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new Error('broken'));
      else controller.enqueue(bytes.subarray(start, start + count));
      sent = true;
    },
  });
  return new Response(body, whole);
};

const damaged = (bytes: Bytes) => new Response(new Uint8Array(bytes).fill(9, 0, 4));

beforeAll(async () => {
  server = await serveHarness(answer);
  browser = await launchPatiently({ webgpu: false });
});

beforeEach(async () => {
  requests = [];
  faults = [];
  page = await (await browser.newContext()).newPage();
  await page.goto(`${server.origin}/harness`);
  await page.waitForFunction('globalThis.harness');
  return () => page.context().close();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

interface Loaded {
  shards?: number[][];
  code?: string;
  progress: number[];
}

function load(wanted: ShardSource[], options: object = {}): Promise<Loaded> {
  return page.evaluate(
    `harness.lab.load(${JSON.stringify(wanted)}, ${JSON.stringify(options)})`,
  ) as Promise<Loaded>;
}

test('a broken transfer goes on where it stopped; the disk answers the second time', async () => {
  faults = [endAfter(100_000), breakAfter(100_000)];
  const first = await load([sources[0]]);
  expect(first.shards).toEqual([[1, shardBytes]]);
  expect(requests[0].range).toBeNull();
  expect(requests[1].range).toBe('bytes=100000-');
  // How much of a broken connection's last bytes arrives is the network's affair.
  expect(requests).toHaveLength(3);
  expect(first.progress.at(-1)).toBe(shardBytes);

  requests = [];
  expect((await load([sources[0]])).shards).toEqual([[1, shardBytes]]);
  expect(requests).toEqual([]);
});

test.each(['opfs', 'indexeddb'])(
  'what is loaded stays in %s until it is cleared',
  async (files) => {
    await load(sources, { files });
    expect(requests).toHaveLength(3);
    expect((await load(sources, { files })).shards).toEqual([1, 2, 3].map((n) => [n, shardBytes]));
    expect(requests).toHaveLength(3);
    expect(await page.evaluate('harness.lab.bytes()')).toBe(3 * shardBytes);
  },
);

test('a file that was damaged on disk is fetched again', async () => {
  await load(sources);
  expect(await page.evaluate(`harness.lab.damage('${sources[1].sha256}')`)).toBe(true);
  requests = [];
  expect((await load(sources)).shards).toEqual([1, 2, 3].map((n) => [n, shardBytes]));
  expect(requests.map(({ name }) => name)).toEqual(['1']);
});

test('wrong bytes are refused twice and never written', async () => {
  faults = [damaged, damaged];
  expect((await load([sources[0]])).code).toBe('shard/digest-mismatch');
  expect(requests).toHaveLength(2);
  expect(await page.evaluate(`harness.lab.damage('${sources[0].sha256}')`)).toBe(false);
  expect(await page.evaluate('harness.lab.bytes()')).toBe(0);
});

test('a shard that is not there, or longer than its manifest says, ends the load', async () => {
  const missing = { sha256: 'ab'.repeat(32), bytes: 10 };
  expect((await load([missing])).code).toBe('shard/not-found');
  faults = [(bytes) => new Response(new Uint8Array(bytes.length + 1))];
  expect((await load([sources[0]])).code).toBe('shard/wrong-length');
});

test('over the cap the longest unused goes, never one that is being loaded', async () => {
  const bytesMax = 2 * shardBytes;
  await load([sources[0]], { bytesMax });
  await load([sources[1]], { bytesMax });
  await load([sources[0]], { bytesMax });
  await load([sources[2]], { bytesMax });
  requests = [];
  await load([sources[0], sources[2]], { bytesMax });
  expect(requests).toEqual([]);
  expect((await load(sources, { bytesMax })).code).toBe('cache/storage-full');
});

test('a full quota is said, and nothing is left half written', async () => {
  const devtools = await page.context().newCDPSession(page);
  const { origin } = server;
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 200_000 });
  expect((await load([sources[0]])).code).toBe('cache/storage-full');
  expect(await page.evaluate('harness.lab.bytes()')).toBe(0);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  expect((await load([sources[0]])).shards).toEqual([[1, shardBytes]]);
});

test('two tabs fetch a shard once', async () => {
  const loads = `['lab', 'other'].map(async (name) => {
    harness.other ??= harness.openLab();
    return (await harness[name].load(${JSON.stringify(sources)})).shards.length;
  })`;
  expect(await page.evaluate(`Promise.all(${loads})`)).toEqual([3, 3]);
  expect(requests).toHaveLength(3);
});

test('clear leaves nothing', async () => {
  await load(sources);
  await page.evaluate('harness.lab.clear()');
  expect(await page.evaluate('harness.lab.bytes()')).toBe(0);
  await load([sources[0]]);
  expect(requests).toHaveLength(4);
});
