// How much of the time the device may compute: the visitor's level, less what the page's frames
// need. One for all lanes; each keeps its own account of it.
import { nextShare } from './yield-share.ts';

const levelMin = 5;
const levelMax = 100;
/** What is left of the level when the page's frames suffer for long. */
const dutyMin = 0.01;

/** Who keeps books by the duty: asked to close them before it changes, and told after. */
interface Bookkeeper {
  close(): void;
  changed(): void;
}

export class Level {
  readonly #bookkeepers = new Set<Bookkeeper>();
  #percent: number;
  #share = 1;

  /** @param percent share of time spent computing, 5 to 100 */
  constructor(percent: number) {
    this.#percent = percent;
  }

  /** The visitor's level. */
  get percent(): number {
    return this.#percent;
  }

  set percent(percent: number) {
    this.#change(() => {
      this.#percent = percent;
    });
  }

  /** Whether the device computes less than its level, for the sake of the page. */
  get isYielding(): boolean {
    return this.#share < 1;
  }

  /** Share of the time that computes, 0.01 to 1. */
  get duty(): number {
    const level = Math.min(levelMax, Math.max(levelMin, this.#percent)) / 100;
    return Math.max(dutyMin, level * this.#share);
  }

  /** @param lateShare as in nextShare */
  tellFrames(lateShare: number | null): void {
    const share = nextShare(this.#share, lateShare);
    if (share === this.#share) return;
    this.#change(() => {
      this.#share = share;
    });
  }

  /** @returns how to end that */
  keepBooks(bookkeeper: Bookkeeper): () => void {
    this.#bookkeepers.add(bookkeeper);
    return () => void this.#bookkeepers.delete(bookkeeper);
  }

  #change(change: () => void): void {
    for (const bookkeeper of this.#bookkeepers) bookkeeper.close();
    change();
    for (const bookkeeper of this.#bookkeepers) bookkeeper.changed();
  }
}
