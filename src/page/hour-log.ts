// Rows finished in each minute of the last hour, counted from the statuses as they come. It is kept
// in the page alone, and gone with it.

const minuteMs = 60_000;
export const minutesKept = 60;

export class HourLog {
  readonly #rows = new Map<number, number>();
  /** What the newest status counted; null before the first. */
  #counted: number | null = null;
  #first = 0;

  /**
   * @param rows finished since Start
   * @param nowMs milliseconds of a clock that does not go back
   */
  note(rows: number, nowMs: number): void {
    const minute = Math.floor(nowMs / minuteMs);
    if (this.#counted === null) this.#first = minute;
    // What was finished before the first status has no minute; a new Start counts from 0.
    const before = this.#counted ?? rows;
    const finished = rows >= before ? rows - before : rows;
    this.#counted = rows;
    this.#rows.set(minute, (this.#rows.get(minute) ?? 0) + finished);
    for (const known of this.#rows.keys()) {
      if (known <= minute - minutesKept) this.#rows.delete(known);
    }
  }

  clear(): void {
    this.#rows.clear();
    this.#counted = null;
  }

  /**
   * Rows a second of each minute, the running one last; null for those before the first status.
   * Rests are part of a minute.
   */
  read(nowMs: number): (number | null)[] {
    const last = Math.floor(nowMs / minuteMs);
    return Array.from({ length: minutesKept }, (_, index) => {
      const minute = last - minutesKept + 1 + index;
      if (this.#counted === null || minute < this.#first) return null;
      return (this.#rows.get(minute) ?? 0) / (minuteMs / 1000);
    });
  }
}
