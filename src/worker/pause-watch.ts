// The reasons to pause that nobody presses: what the page tells (hidden, battery, idle), what this
// worker sees (pressure), the hours of the schedule, and caps that were reached. Keeps them in the
// set while a run lasts.
import { Bell, waitForBell } from './bell.ts';
import type { Clock, Signals } from './environment.ts';
import type { Pauses } from './pauses.ts';
import { PressureGate } from './pressure-gate.ts';
import type { Conditions, PauseReason, Saying, Settings } from './status.ts';
import { isOpenAt, nextBoundAt, nextDayAt } from './weekly-hours.ts';

/** The machine may sleep, and its clock be set: bounds of hours are looked at this often. */
const lookMsMax = 60_000;
const lookMsMin = 50;

interface WatchParts {
  clock: Clock;
  signals: Signals;
  pauses: Pauses;
  settings(): Settings;
  /** After the set changed. */
  onChange(): void;
}

export class PauseWatch {
  readonly #parts: WatchParts;
  readonly #look = new Bell();
  readonly #gate = new PressureGate();
  #conditions: Conditions = { visible: true, onMains: null, userActive: null };
  #isAway = false;
  /** The cap that was reached, and until when by the wall clock. */
  #cap: { saying: Saying; until: number } | null = null;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  tell(conditions: Conditions): void {
    this.#conditions = conditions;
    this.look();
  }

  /** The visitor's own word. */
  press(isOn: boolean): void {
    this.#set([['user', isOn]]);
  }

  setOffline(isOn: boolean): void {
    this.#set([['offline', isOn]]);
  }

  /** The page sleeps, or goes: it is out of sight, whatever the settings say. */
  set isAway(isAway: boolean) {
    this.#isAway = isAway;
    this.look();
  }

  /** A cap is reached: the day's until the next one, the disk's until the settings change. */
  reach(saying: Saying): void {
    const isDaily = saying.code === 'paused/daily-cap';
    const until = isDaily ? nextDayAt(this.#parts.clock.wallMs()) : Number.POSITIVE_INFINITY;
    this.#cap = { saying, until };
    this.look();
  }

  /** The settings are others: a cap is reached again, or is not. */
  forgetCap(): void {
    this.#cap = null;
  }

  /** Why, while it is paused. */
  get saying(): Saying {
    const cap = this.#parts.pauses.has('quota') ? this.#cap : null;
    return cap?.saying ?? { code: 'paused/reasons', values: {} };
  }

  /** After a change of the settings as well. */
  look(): void {
    this.#apply();
    this.#look.ring();
  }

  /** Until the run is over. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, signals } = this.#parts;
    const unwatch = signals.watchPressure((pressure) => {
      this.#gate.tell(pressure, clock.now());
      this.look();
    });
    try {
      for (;;) {
        this.#apply();
        await waitForBell(this.#look, this.#nextMs(), { clock, signal });
      }
    } catch {
      // Over.
    } finally {
      unwatch();
    }
  }

  /** Until a reason may come or go by itself. */
  #nextMs(): number {
    const { clock, settings } = this.#parts;
    const { schedule, heedPressure } = settings();
    const wallMs = clock.wallMs();
    const hoursMs = schedule ? nextBoundAt(schedule, wallMs) - wallMs : Number.POSITIVE_INFINITY;
    const capMs = (this.#cap?.until ?? Number.POSITIVE_INFINITY) - wallMs;
    const wallBoundMs = Math.min(hoursMs, capMs);
    const boundMs = Number.isFinite(wallBoundMs) ? Math.min(wallBoundMs, lookMsMax) : wallBoundMs;
    const gateMs = heedPressure ? this.#gate.nextAt() - clock.now() : Number.POSITIVE_INFINITY;
    return Math.max(lookMsMin, Math.min(boundMs, gateMs));
  }

  #apply(): void {
    const { clock, settings } = this.#parts;
    const chosen = settings();
    const { onlyVisible, onlyMains, onlyIdle, heedPressure, schedule } = chosen;
    const { visible, onMains, userActive } = this.#conditions;
    const reasons: [PauseReason, boolean][] = [
      ['hidden', this.#isAway || (onlyVisible && !visible)],
      ['battery', onlyMains && onMains === false],
      ['idle', onlyIdle && userActive === true],
      ['pressure', this.#gate.isHighAt(clock.now()) && heedPressure],
      ['quota', this.#cap !== null && clock.wallMs() < this.#cap.until],
      ['schedule', schedule !== null && !isOpenAt(schedule, clock.wallMs())],
    ];
    this.#set(reasons);
  }

  #set(reasons: [PauseReason, boolean][]): void {
    const { pauses, onChange } = this.#parts;
    const changes = reasons.filter(([reason, isOn]) => pauses.set(reason, isOn));
    if (changes.length > 0) onChange();
  }
}
