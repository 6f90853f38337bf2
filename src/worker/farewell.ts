// What a page sends when it goes or is put to sleep: a call for work, sealed ahead, that hands every
// lease back. It is sealed again after each call and when what is held has changed, but not more often
// than a signature is worth; its counter lies so far ahead that no call in between makes it stale.
import type { Bytes } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { Bell, waitForBell } from './bell.ts';
import type { Clock } from './environment.ts';
import type { Exchange } from './exchange.ts';

/** A seal costs about 2 ms: a signature and a counter in the store. */
const sealMsMin = 500;
/** What the browser sends for a page that is gone. */
const bodyBytesMax = 64 << 10;

interface FarewellParts {
  clock: Clock;
  exchange: Exchange;
  tell(body: Bytes | null): void;
}

export class Farewell {
  readonly #parts: FarewellParts;
  readonly #changed = new Bell();
  #isDue = false;
  #isTold = false;

  constructor(parts: FarewellParts) {
    this.#parts = parts;
  }

  /** A call was made, or a unit is done. */
  changed(): void {
    this.#isDue = true;
    this.#changed.ring();
  }

  /** Until the signal ends it. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, tell } = this.#parts;
    try {
      for (;;) {
        if (!this.#isDue)
          await waitForBell(this.#changed, Number.POSITIVE_INFINITY, { clock, signal });
        this.#isDue = false;
        await this.#seal();
        await clock.sleep(sealMsMin, signal);
      }
    } catch {
      // Over, or the store refuses: leases run out by themselves then.
    } finally {
      tell(null);
    }
  }

  async #seal(): Promise<void> {
    const { exchange, tell } = this.#parts;
    const call = await exchange.sealReturns();
    const body = call && encodeCbor(call);
    const isTold = body !== null && body.length <= bodyBytesMax;
    if (isTold || this.#isTold) tell(isTold ? body : null);
    this.#isTold = isTold;
  }
}
