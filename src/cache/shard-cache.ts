// Shards of models on the visitor's disk: read and verified, or fetched, verified and written;
// kept under a cap and the browser's quota by last use. Tabs share it under Web Locks.
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { ShardEntry } from './database.ts';
import {
  type FetchShardEnvironment,
  fetchShard,
  type ShardSource,
  sha256Hex,
} from './fetch-shard.ts';
import type { ShardFiles } from './shard-files.ts';
import { storageError, storageFull } from './storage-error.ts';

/** What all shards of this origin may take together, whatever else is asked. */
const cachedBytesMax = 1 << 30;
/** Left free of the browser's quota, for the outbox. */
const spareBytes = 8 << 20;
/** Shards in flight at once. */
const parallelFetches = 3;

interface DownloadProgress {
  done: number;
  total: number;
  remainingMs: number | null;
}

export interface ShardCache {
  /**
   * The verified bytes of every shard, in order.
   * @throws cache/storage-full, cache/storage-failed, and what fetchShard throws
   */
  load(
    sources: readonly ShardSource[],
    options: { signal: AbortSignal; onProgress(progress: DownloadProgress): void },
  ): Promise<Bytes[]>;
  /** Bytes kept now. */
  bytes(): Promise<number>;
  /** Bytes of these that are not kept, and would be fetched. */
  missingBytes(sources: readonly ShardSource[]): Promise<number>;
  /** From now on no more than so many are kept: the longest unused go at once. */
  limit(bytesMax: number): Promise<void>;
  clear(): Promise<void>;
}

/** What is on disk and when it was last used. */
export interface ShardIndex {
  all(): Promise<Map<string, ShardEntry>>;
  put(name: string, entry: ShardEntry): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface ShardCacheEnvironment extends FetchShardEnvironment {
  /** Opens the disk at the first use. */
  files(): Promise<ShardFiles>;
  index: ShardIndex;
  /** Runs `work` while no other tab holds `name`. */
  exclusive<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  estimate(): Promise<{ quota: number; usage: number }>;
  wallMs(): number;
  /** Monotonic. */
  now(): number;
  bytesMax?: number;
}

/** Changes while the cache lives: what all shards may take together. */
interface Cap {
  bytesMax: number;
}

type Kept = ShardCacheEnvironment & { cap: Cap };

export function createShardCache(around: ShardCacheEnvironment): ShardCache {
  const cap = { bytesMax: around.bytesMax ?? cachedBytesMax };
  const environment: Kept = { ...around, cap };
  const bytes = async () => {
    const entries = await environment.index.all();
    return [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
  };
  return {
    async load(sources, { signal, onProgress }) {
      const meter = new Meter(sources, environment.now, onProgress);
      const keep = new Set(sources.map(({ sha256 }) => sha256));
      const loaded = new Array<Bytes>(sources.length);
      // The first failure ends the others too.
      const failed = new AbortController();
      const both = AbortSignal.any([signal, failed.signal]);
      let next = 0;
      const lane = async () => {
        while (next < sources.length) {
          const at = next++;
          loaded[at] = await loadOne(environment, sources[at], { keep, signal: both, meter, at });
        }
      };
      try {
        await Promise.all(Array.from({ length: parallelFetches }, lane));
      } catch (cause) {
        failed.abort();
        throw cause;
      }
      return loaded;
    },
    bytes,
    async missingBytes(sources) {
      const entries = await environment.index.all();
      const missing = sources.filter(
        (source) => entries.get(source.sha256)?.bytes !== source.bytes,
      );
      return missing.reduce((sum, source) => sum + source.bytes, 0);
    },
    async limit(bytesMax) {
      cap.bytesMax = Math.min(bytesMax, cachedBytesMax);
      const over = (await bytes()) - cap.bytesMax;
      if (over > 0) await evict(environment, await environment.files(), over, new Set());
    },
    async clear() {
      const files = await environment.files();
      for (const name of (await environment.index.all()).keys())
        await discard(environment, files, name);
    },
  };
}

interface LoadOptions {
  keep: Set<string>;
  signal: AbortSignal;
  meter: Meter;
  at: number;
}

async function loadOne(
  environment: Kept,
  source: ShardSource,
  options: LoadOptions,
): Promise<Bytes> {
  const { signal, meter, at } = options;
  const { sha256: name, bytes: length } = source;
  const files = await environment.files().catch(fail);
  return environment.exclusive(`idlewild/shard/${name}`, signal, async () => {
    signal.throwIfAborted();
    const kept = await files.read(name).catch(() => null);
    if (kept && kept.length === length && (await sha256Hex(kept)) === name) {
      await environment.index.put(name, { bytes: length, usedAt: environment.wallMs() });
      meter.keep(at);
      return kept;
    }
    if (kept) await discard(environment, files, name);
    const onBytes = (received: number) => meter.receive(at, received);
    const bytes = await fetchShard(environment, source, { signal, onBytes });
    await keepShard(environment, files, { name, bytes, keep: options.keep });
    return bytes;
  });
}

/** Writes a verified shard, making room first; a full disk is reported only if nothing helps. */
async function keepShard(
  environment: Kept,
  files: ShardFiles,
  shard: { name: string; bytes: Bytes; keep: Set<string> },
): Promise<void> {
  const { name, bytes, keep } = shard;
  await makeRoom(environment, files, bytes.length, keep);
  const write = async () => {
    await files.write(name, bytes);
    await environment.index.put(name, { bytes: bytes.length, usedAt: environment.wallMs() });
  };
  try {
    await write();
  } catch (cause) {
    await discard(environment, files, name).catch(() => {});
    const error = storageError(cause);
    // The estimate can be too high: drop everything else, try once more.
    if (error.code !== 'cache/storage-full') throw error;
    if ((await evict(environment, files, Number.POSITIVE_INFINITY, keep)) === 0) throw error;
    await write().catch(async (again) => {
      await discard(environment, files, name).catch(() => {});
      throw storageError(again);
    });
  }
}

async function makeRoom(
  environment: Kept,
  files: ShardFiles,
  bytes: number,
  keep: Set<string>,
): Promise<void> {
  const entries = await environment.index.all();
  const kept = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
  const overCap = kept + bytes - environment.cap.bytesMax;
  const { quota, usage } = await environment.estimate();
  const overQuota = usage + bytes + spareBytes - quota;
  const over = Math.max(overCap, overQuota);
  if (over <= 0) return;
  const others = [...entries].filter(([name]) => !keep.has(name));
  const evictable = others.reduce((sum, [, entry]) => sum + entry.bytes, 0);
  if (evictable < over) throw storageFull();
  await evict(environment, files, over, keep);
}

/** @returns the bytes that were freed: of the longest unused, never of `keep` */
async function evict(
  environment: ShardCacheEnvironment,
  files: ShardFiles,
  bytes: number,
  keep: Set<string>,
): Promise<number> {
  const entries = [...(await environment.index.all())].filter(([name]) => !keep.has(name));
  entries.sort(([, a], [, b]) => a.usedAt - b.usedAt);
  let freed = 0;
  for (const [name, entry] of entries) {
    if (freed >= bytes) break;
    await discard(environment, files, name);
    freed += entry.bytes;
  }
  return freed;
}

async function discard(
  { index }: ShardCacheEnvironment,
  files: ShardFiles,
  name: string,
): Promise<void> {
  await files.remove(name);
  await index.remove(name);
}

function fail(cause: unknown): never {
  throw cause instanceof IdlewildError ? cause : storageError(cause);
}

/** Adds up what has come of every shard, and how long the rest will take at this rate. */
class Meter {
  readonly #received: number[];
  readonly #lengths: number[];
  readonly #now: () => number;
  readonly #report: (progress: DownloadProgress) => void;
  readonly #start: number;
  #fetched = 0;

  constructor(
    sources: readonly ShardSource[],
    now: () => number,
    report: (progress: DownloadProgress) => void,
  ) {
    this.#lengths = sources.map(({ bytes }) => bytes);
    this.#received = sources.map(() => 0);
    this.#now = now;
    this.#report = report;
    this.#start = now();
  }

  keep(at: number): void {
    this.#received[at] = this.#lengths[at];
    this.#tell();
  }

  receive(at: number, received: number): void {
    this.#fetched += Math.max(0, received - this.#received[at]);
    this.#received[at] = received;
    this.#tell();
  }

  #tell(): void {
    const total = this.#lengths.reduce((sum, length) => sum + length, 0);
    const done = this.#received.reduce((sum, received) => sum + received, 0);
    const rate = this.#fetched / (this.#now() - this.#start);
    const known = Number.isFinite(rate) && rate > 0;
    this.#report({ done, total, remainingMs: known ? Math.round((total - done) / rate) : null });
  }
}
