// The caps of the settings: what may be fetched in a day of this machine's calendar, and what models
// may take of the disk. What was fetched is counted in the store, so that a reload forgets nothing.
import type { ShardCache } from '#cache/shard-cache.ts';
import type { Store } from '#cache/store.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { Clock } from './environment.ts';
import type { Saying, Settings } from './status.ts';
import { localDay } from './weekly-hours.ts';

const storeKey = 'downloads';
/** Kept at every so many bytes, and when a model has come: a tab that dies forgets no more. */
const saveBytes = 256 << 10;

interface Downloads {
  day: string;
  bytes: number;
}

/** A cap in the way: not a failure of the unit, nor of this device. */
export class QuotaError extends IdlewildError {
  readonly saying: Saying;

  constructor(saying: Saying) {
    super('quota/reached', 'A cap of the settings is reached.');
    this.saying = saying;
  }
}

interface QuotaParts {
  clock: Clock;
  store: Store;
  shards: ShardCache;
  settings(): Settings;
}

export class Quota {
  readonly #parts: QuotaParts;
  #downloads: Downloads = { day: '', bytes: 0 };
  #savedBytes = 0;

  constructor(parts: QuotaParts) {
    this.#parts = parts;
  }

  get downloadedBytes(): number {
    const { day, bytes } = this.#downloads;
    return day === localDay(this.#parts.clock.wallMs()) ? bytes : 0;
  }

  /** What an earlier visit counted today. */
  async open(): Promise<void> {
    const kept = (await this.#parts.store.get(storeKey)) as Partial<Downloads> | undefined;
    const today = localDay(this.#parts.clock.wallMs());
    if (kept?.day !== today || typeof kept.bytes !== 'number') return;
    const counted = this.downloadedBytes;
    this.#downloads = { day: today, bytes: Math.max(counted, kept.bytes) };
    this.#savedBytes = this.#downloads.bytes;
  }

  /** So many more bytes came over the network. */
  count(bytes: number): void {
    const day = localDay(this.#parts.clock.wallMs());
    const before = this.downloadedBytes;
    if (day !== this.#downloads.day) this.#savedBytes = 0;
    this.#downloads = { day, bytes: before + bytes };
  }

  /** @param isDue also for a few bytes */
  async save(isDue = false): Promise<void> {
    const { bytes } = this.#downloads;
    if (bytes - this.#savedBytes < (isDue ? 1 : saveBytes)) return;
    this.#savedBytes = bytes;
    await this.#parts.store.set(storeKey, this.#downloads);
  }

  /** @returns what models take then; null where the disk refuses, which is said when it is written */
  async limitDisk(): Promise<number | null> {
    const { shards, settings } = this.#parts;
    const { diskBytesMax } = settings();
    try {
      await shards.limit(diskBytesMax || Number.POSITIVE_INFINITY);
      return await shards.bytes();
    } catch {
      return null;
    }
  }

  /** The day's cap, where it is reached; null where more may come. */
  spent(): Saying | null {
    const { dailyBytesMax } = this.#parts.settings();
    if (dailyBytesMax === 0 || this.downloadedBytes < dailyBytesMax) return null;
    return this.#daily('', 0);
  }

  /** Before a model is fetched. @throws QuotaError where it does not fit under the caps */
  async admit(model: {
    name: string;
    shards: readonly { sha256: string; bytes: number }[];
  }): Promise<void> {
    const { dailyBytesMax, diskBytesMax } = this.#parts.settings();
    const { name, shards } = model;
    const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
    if (diskBytesMax > 0 && bytes > diskBytesMax) {
      const values = { model: name, neededBytes: bytes, capBytes: diskBytesMax };
      throw new QuotaError({ code: 'paused/disk-cap', values });
    }
    if (dailyBytesMax === 0) return;
    const missing = await this.#parts.shards.missingBytes(shards);
    if (missing > 0 && this.downloadedBytes + missing > dailyBytesMax) {
      throw new QuotaError(this.#daily(name, missing));
    }
  }

  #daily(model: string, neededBytes: number): Saying {
    const { dailyBytesMax: capBytes } = this.#parts.settings();
    const values = { model, neededBytes, usedBytes: this.downloadedBytes, capBytes };
    return { code: 'paused/daily-cap', values };
  }
}
