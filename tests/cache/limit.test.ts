// The disk cap of the visitor: the longest unused goes first, at once and with whatever comes later.
import { expect, test } from 'vitest';
import { sha256Hex } from '#cache/fetch-shard.ts';
import { createShardCache } from '#cache/shard-cache.ts';
import type { Bytes } from '#protocol/bytes.ts';

const shardBytes = 100;

async function open(count: number) {
  const served = new Map<string, Bytes>();
  const sources: { sha256: string; bytes: number }[] = [];
  for (let index = 0; index < count; index++) {
    const bytes = new Uint8Array(shardBytes).fill(index + 1);
    const sha256 = await sha256Hex(bytes);
    served.set(sha256, bytes);
    sources.push({ sha256, bytes: shardBytes });
  }
  const files = new Map<string, Bytes>();
  const entries = new Map<string, { bytes: number; usedAt: number }>();
  let time = 0;
  let received = 0;
  const cache = createShardCache({
    fetch: async (input) => new Response(served.get(String(input))),
    url: (sha256) => sha256,
    sleep: () => new Promise(() => {}),
    onReceived: (bytes) => {
      received += bytes;
    },
    wallMs: () => ++time,
    now: () => ++time,
    estimate: async () => ({ quota: Number.POSITIVE_INFINITY, usage: 0 }),
    exclusive: (_name, _signal, work) => work(),
    files: async () => ({
      kind: 'opfs',
      read: async (name) => files.get(name) ?? null,
      write: async (name, bytes) => void files.set(name, bytes),
      remove: async (name) => void files.delete(name),
    }),
    index: {
      all: async () => new Map(entries),
      put: async (name, entry) => void entries.set(name, entry),
      remove: async (name) => void entries.delete(name),
    },
  });
  const load = (...which: number[]) =>
    cache.load(
      which.map((index) => sources[index]),
      { signal: new AbortController().signal, onProgress: () => {} },
    );
  const kept = () => sources.flatMap(({ sha256 }, index) => (files.has(sha256) ? [index] : []));
  return { cache, sources, load, kept, received: () => received };
}

test('a lower cap evicts the longest unused at once, and holds for what comes', async () => {
  const { cache, load, kept } = await open(6);
  for (const index of [0, 1, 2, 3]) await load(index);
  await load(0);
  await cache.limit(250);
  expect(kept()).toEqual([0, 3]);
  expect(await cache.bytes()).toBe(200);
  await load(4);
  expect(kept()).toEqual([0, 4]);
  await cache.limit(Number.POSITIVE_INFINITY);
  await load(5);
  expect(kept()).toEqual([0, 4, 5]);
});

test('what is missing is known before it is fetched, and what came is counted', async () => {
  const { cache, sources, load, received } = await open(3);
  await load(0);
  expect(await cache.missingBytes(sources)).toBe(200);
  expect(received()).toBe(100);
  await load(0, 1, 2);
  expect(received()).toBe(300);
  expect(await cache.missingBytes(sources)).toBe(0);
});

test('a model that is larger than the cap is refused, and nothing of it stays over', async () => {
  const { cache, load } = await open(4);
  await cache.limit(250);
  await expect(load(0, 1, 2, 3)).rejects.toMatchObject({ code: 'cache/storage-full' });
  expect(await cache.bytes()).toBeLessThanOrEqual(250);
});
