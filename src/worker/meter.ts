// How fast this device really is, over its last minute of working time.

const windowMs = 60_000;

interface Sample {
  ms: number;
  rows: number;
  cost: number;
}

export class Meter {
  #samples: Sample[] = [];

  add(sample: Sample): void {
    this.#samples.push(sample);
    let total = this.#sum('ms');
    while (this.#samples.length > 1 && total - this.#samples[0].ms > windowMs) {
      total -= this.#samples[0].ms;
      this.#samples.shift();
    }
  }

  /** Starts afresh, as after a change of device. */
  clear(): void {
    this.#samples = [];
  }

  get rowsPerSecond(): number {
    return this.#perSecond('rows');
  }

  get multiplyAddsPerSecond(): number {
    return this.#perSecond('cost');
  }

  /** Mean time of a unit; null before the first. */
  get unitMs(): number | null {
    return this.#samples.length === 0 ? null : this.#sum('ms') / this.#samples.length;
  }

  #perSecond(what: 'rows' | 'cost'): number {
    const ms = this.#sum('ms');
    return ms > 0 ? (this.#sum(what) * 1000) / ms : 0;
  }

  #sum(what: keyof Sample): number {
    return this.#samples.reduce((sum, sample) => sum + sample[what], 0);
  }
}
