// How often a run looks at the coordinator's log: after its first result, and then each lookMs. A
// fork ends the run. The code for it is fetched with the first look.
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import type { Coordinator } from './coordinator.ts';
import type { Environment } from './environment.ts';
import type { Look } from './look-at-log.ts';

const lookMs = 10 * 60_000;
/** After a look that told nothing: soon, for a cache may be stale or a call may have failed. */
const againMs = 60_000;
/** A log that was shown before and is not any more, or shows less, so many times in a row. */
const missesMax = 3;

export class LogWatch {
  readonly #environment: Environment;
  readonly #coordinator: Coordinator;
  #dueAt = 0;
  #misses = 0;

  constructor(environment: Environment, coordinator: Coordinator) {
    this.#environment = environment;
    this.#coordinator = coordinator;
  }

  /** @throws log/... when this coordinator is not to be worked for; a dead network is no reason */
  async look(signal: AbortSignal): Promise<void> {
    const { clock } = this.#environment;
    if (clock.now() < this.#dueAt) return;
    this.#dueAt = clock.now() + againMs;
    const look = await this.#lookOnce(signal);
    signal.throwIfAborted();
    if (look === 'believed' || look === 'unsupported') {
      this.#misses = 0;
      this.#dueAt = clock.now() + lookMs;
    } else if (look !== null && (await this.#saw()) && ++this.#misses === missesMax) {
      const what = look === 'older' ? 'shows less of its log' : 'does not show its log any more';
      throw new IdlewildError('log/withheld', `Stopped: the coordinator ${what}.`, {
        metaMessages: ['What it credited before may be gone. Ask whoever runs it.'],
      });
    }
  }

  /** Null where nothing can be said, for want of an answer. */
  async #lookOnce(signal: AbortSignal): Promise<Look | null> {
    const { origin, store } = this.#environment;
    const read = (path: string) =>
      this.#coordinator.read(path, signal).catch((thrown: unknown) => {
        if (toIdlewildError(thrown).code === 'coordinator/http-404') return null;
        throw thrown;
      });
    try {
      const { lookAtLog } = await import('./look-at-log.ts');
      return await lookAtLog({ origin, store, read });
    } catch (thrown) {
      const { code } = toIdlewildError(thrown);
      // Tiles that are missing or torn may be a cache's fault, but not every time.
      if (code.startsWith('log/tile-')) return 'unseen';
      if (code.startsWith('log/')) throw thrown;
      return null;
    }
  }

  /** Whether this browser has seen the coordinator's log at all. */
  async #saw(): Promise<boolean> {
    return (await this.#environment.store.get('log').catch(() => undefined)) !== undefined;
  }
}
