// Fetches one content-addressed file with range and resume: a broken transfer goes on where it
// stopped, and nothing is handed out before its sha256 is right.
import { type Bytes, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';

/** Attempts in a row without a new byte before giving up. */
const attemptsMax = 6;
const backoffMs = 250;
const backoffMaxMs = 8_000;
/** A transfer without a byte for so long is broken off and resumed. */
const stallMs = 20_000;

export interface ShardSource {
  /** Hex digest: the file's name. */
  sha256: string;
  bytes: number;
}

export interface FetchShardEnvironment {
  fetch: typeof fetch;
  /** Where the file with this digest lies. */
  url(sha256: string): string;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Told of every byte that came over the network. */
  onReceived?(bytes: number): void;
}

export async function sha256Hex(bytes: Bytes): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

/**
 * @param onBytes how many bytes of this file have come; may fall when a transfer starts afresh
 * @throws shard/digest-mismatch, shard/wrong-length, shard/not-found, shard/fetch-failed
 */
export async function fetchShard(
  environment: FetchShardEnvironment,
  source: ShardSource,
  { signal, onBytes }: { signal: AbortSignal; onBytes(received: number): void },
): Promise<Bytes> {
  const transfer = new Transfer(environment, source, onBytes);
  for (let failures = 0; ; ) {
    const before = transfer.received;
    try {
      await transfer.run(signal);
      if ((await sha256Hex(transfer.buffer)) === source.sha256) return transfer.buffer;
      if (transfer.mismatches++ > 0) throw mismatch(source);
      transfer.restart();
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof IdlewildError && !cause.retryable) throw cause;
      failures = transfer.received > before ? 1 : failures + 1;
      if (failures >= attemptsMax) throw unreachable(source, cause);
      const wait = Math.min(backoffMs * 2 ** (failures - 1), backoffMaxMs);
      await environment.sleep(wait, signal);
    }
  }
}

class Transfer {
  readonly buffer: Bytes;
  received = 0;
  mismatches = 0;
  readonly #environment: FetchShardEnvironment;
  readonly #source: ShardSource;
  readonly #onBytes: (received: number) => void;

  constructor(
    environment: FetchShardEnvironment,
    source: ShardSource,
    onBytes: (received: number) => void,
  ) {
    this.buffer = new Uint8Array(source.bytes);
    this.#environment = environment;
    this.#source = source;
    this.#onBytes = onBytes;
  }

  restart(): void {
    this.received = 0;
    this.#onBytes(0);
  }

  /** One request, from the first missing byte to the end. */
  async run(signal: AbortSignal): Promise<void> {
    const stalled = new AbortController();
    const both = AbortSignal.any([signal, stalled.signal]);
    const headers: Record<string, string> =
      this.received > 0 ? { range: `bytes=${this.received}-` } : {};
    const watch = this.#watch(stalled, both);
    try {
      const url = this.#environment.url(this.#source.sha256);
      const response = await this.#environment.fetch(url, { headers, signal: both });
      this.#admit(response);
      const reader = response.body?.getReader();
      if (!reader) throw new IdlewildError('shard/fetch-failed', 'No body.', { retryable: true });
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        watch.alive();
        this.#take(value);
      }
    } finally {
      watch.end();
    }
    if (this.received < this.#source.bytes) {
      const detail = `The transfer ended after ${this.received} of ${this.#source.bytes} bytes.`;
      throw new IdlewildError('shard/fetch-failed', detail, { retryable: true });
    }
  }

  #admit(response: Response): void {
    if (response.status === 200) {
      this.restart();
      return;
    }
    const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (response.status === 206 && Number(start) === this.received) return;
    void response.body?.cancel();
    const gone = response.status === 404 || response.status === 410;
    const detail = `Shard ${this.#source.sha256}: the server answered ${response.status}.`;
    if (!gone) this.restart();
    throw new IdlewildError(gone ? 'shard/not-found' : 'shard/fetch-failed', detail, {
      retryable: !gone,
    });
  }

  #take(chunk: Uint8Array): void {
    if (this.received + chunk.length > this.#source.bytes) {
      throw new IdlewildError(
        'shard/wrong-length',
        `Shard ${this.#source.sha256} is longer than its manifest says.`,
      );
    }
    this.buffer.set(chunk, this.received);
    this.received += chunk.length;
    this.#environment.onReceived?.(chunk.length);
    this.#onBytes(this.received);
  }

  #watch(stalled: AbortController, signal: AbortSignal): { alive(): void; end(): void } {
    let beats = 0;
    let ended = false;
    const watch = async () => {
      while (!ended) {
        const seen = beats;
        await this.#environment.sleep(stallMs, signal);
        if (!ended && beats === seen) stalled.abort();
      }
    };
    watch().catch(() => {});
    return {
      alive: () => {
        beats++;
      },
      end: () => {
        ended = true;
        stalled.abort();
      },
    };
  }
}

function mismatch({ sha256 }: ShardSource): IdlewildError {
  return new IdlewildError('shard/digest-mismatch', `Shard ${sha256} has other bytes, twice.`, {
    metaMessages: ['The coordinator, or something on the way, serves a damaged file.'],
  });
}

function unreachable({ sha256 }: ShardSource, cause: unknown): IdlewildError {
  return new IdlewildError('shard/fetch-failed', `Shard ${sha256} could not be fetched.`, {
    retryable: true,
    metaMessages: [cause instanceof Error ? cause.message : String(cause)],
    cause,
  });
}
