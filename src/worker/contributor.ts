// The contributor: what Start, Pause, Resume and Stop do. One run at a time; everything that goes
// wrong ends in the phase `failed` with its reason. When the end is shown nothing computes any
// more; leases may still be on their way back, and the next start waits for that.
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { abortable } from './bell.ts';
import { Board } from './board.ts';
import { type Coordinator, connectCoordinator } from './coordinator.ts';
import { Desk } from './desk.ts';
import { DutyMeter } from './duty-meter.ts';
import type { Environment } from './environment.ts';
import type { WatchedContributor } from './face.ts';
import { forgetModels } from './held-models.ts';
import { Level } from './level.ts';
import type { PaceParts } from './pace.ts';
import { PauseWatch } from './pause-watch.ts';
import { Pauses } from './pauses.ts';
import { Quota } from './quota.ts';
import type { Run } from './run.ts';
import { runSessions } from './run-sessions.ts';
import {
  type Conditions,
  type ContributorStatus,
  defaultSettings,
  type Settings,
  type Signer,
  type StartOptions,
  type VerifyStep,
} from './status.ts';

const lockName = 'idlewild/contributor';

interface Active {
  stop: AbortController;
  /** Resolves when its end is shown. */
  shown: Promise<void>;
}

interface Start {
  options: StartOptions;
  signer: Signer;
  signal: AbortSignal;
  /** The run is over: for the reason thrown, if any. */
  end(thrown?: unknown): void;
}

class LoopContributor implements WatchedContributor {
  readonly #environment: Environment;
  readonly #coordinator: Coordinator;
  readonly #board: Board;
  readonly #pacing: PaceParts;
  readonly #watch: PauseWatch;
  readonly #quota: Quota;
  #active: Active | null = null;
  #run: Run | null = null;
  /** Resolves when that run has handed back what it held. Never rejects. */
  #leaving: Promise<void> = Promise.resolve();
  /** The same for all starts so far, and what they hold of other tabs. Never rejects. */
  #left: Promise<void> = Promise.resolve();
  /** Until another tab has stopped. */
  #awaitsTab = false;
  #tellFarewell: (body: Bytes | null) => void = () => {};
  readonly #desk: Desk;

  constructor(environment: Environment) {
    const { clock, store, shards, signals } = environment;
    this.#environment = environment;
    this.#board = new Board(clock);
    const settings = () => this.#board.status.settings;
    this.#quota = new Quota({ clock, store, shards, settings });
    const count = (bytes: number) => this.#quota.count(bytes);
    environment.watchDownloads(count);
    this.#coordinator = connectCoordinator(environment.origin, environment.fetch, count);
    const pauses = new Pauses();
    const meter = new DutyMeter(clock.now());
    this.#pacing = { clock, pauses, meter, level: new Level(defaultSettings.dutyPercent) };
    const onChange = () => this.#refresh();
    this.#watch = new PauseWatch({ clock, signals, pauses, settings, onChange });
    this.#desk = new Desk({
      environment,
      coordinator: this.#coordinator,
      board: this.#board,
      quota: this.#quota,
      stop: () => this.stop().then(() => this.#left),
      lockName,
    });
  }

  async start(options: StartOptions, signer: Signer | null): Promise<void> {
    if (this.#active) throw new IdlewildError('worker/already-started', 'It is already running.');
    const stop = new AbortController();
    const { signal } = stop;
    this.#board.say({ code: 'connecting/session', values: {} });
    this.#board.update({ error: null, units: 0, rows: 0, verdicts: [], retryAfterMs: 0 });
    this.#board.update({ yielding: false, finishing: false, dutyMeasured: null });
    this.#pacing.level.tellFrames(null);
    this.#pacing.meter.restart(this.#environment.clock.now());
    const shown = new Promise<void>((resolve) => {
      const end = (thrown?: unknown) => {
        this.#showEnd(signal, thrown);
        this.#active = null;
        resolve();
      };
      const by = signer ?? this.#environment.deviceSigner();
      this.#left = this.#guard(this.#left, { options, signer: by, signal, end });
    });
    this.#active = { stop, shown };
    this.#watch.press(false);
    this.#watch.setOffline(false);
    this.#apply(options.settings);
    this.#refresh();
  }

  async pause(): Promise<void> {
    this.#board.update({ finishing: false });
    this.#watch.press(true);
  }

  async resume(): Promise<void> {
    this.#board.update({ finishing: false });
    this.#watch.press(false);
    this.#refresh();
  }

  async finish(): Promise<void> {
    if (this.#run && this.#pacing.pauses.isEmpty) this.#run.finish();
    else await this.pause();
  }

  async leave(): Promise<void> {
    this.#watch.isAway = true;
    this.#run?.leave();
  }

  async comeBack(): Promise<void> {
    this.#watch.isAway = false;
  }

  #refresh(): void {
    if (!this.#active) return;
    this.#board.update({ pauses: this.#pacing.pauses.list });
    if (this.#run) this.#run.refresh();
    else if (this.#awaitsTab) this.#showBusy();
  }

  #showBusy(): void {
    const isPaused = !this.#pacing.pauses.isEmpty;
    this.#board.say(isPaused ? this.#watch.saying : { code: 'waiting/other-tab', values: {} });
  }

  async stop(): Promise<void> {
    if (!this.#active) return;
    this.#board.say({ code: 'stopping/handing-back', values: {} });
    this.#active.stop.abort(new IdlewildError('worker/stopped', 'Stopped.'));
    await this.#active.shown;
  }

  async setSettings(settings: Settings): Promise<void> {
    this.#apply(settings);
  }

  #apply(settings: Settings): void {
    const before = this.#board.status.settings;
    this.#board.update({ settings });
    const { level } = this.#pacing;
    if (settings.dutyPercent !== level.percent) {
      level.percent = settings.dutyPercent;
      this.#run?.forgetSpeed();
    }
    if (settings.workers !== before.workers) this.#run?.resize();
    if (this.#active && settings.diskBytesMax !== before.diskBytesMax) void this.#limitDisk();
    this.#watch.forgetCap();
    this.#watch.look();
  }

  async tellConditions(conditions: Conditions): Promise<void> {
    this.#watch.tell(conditions);
  }

  async tellFrames(lateShare: number | null): Promise<void> {
    this.#pacing.level.tellFrames(lateShare);
    this.#board.update({ yielding: this.#pacing.level.isYielding });
  }

  async subscribe(listener: (status: ContributorStatus) => void): Promise<void> {
    this.#board.subscribe(listener);
  }

  async watchFarewell(tell: (body: Bytes | null) => void): Promise<void> {
    this.#tellFarewell = tell;
  }

  account = (days: number) => this.#desk.account(days);
  bind = (wallet: Signer) => this.#desk.bind(wallet);
  revoke = (wallet: Signer) => this.#desk.revoke(wallet);
  withdraw = () => this.#desk.withdraw();
  deleteData = (scope: 'everywhere' | 'here') => this.#desk.deleteData(scope);
  verify = (lease: string, listener: (step: VerifyStep) => void) =>
    this.#desk.verify(lease, listener);

  async clearCache(): Promise<void> {
    await this.#environment.shards.clear();
    await forgetModels(this.#environment.store);
    this.#board.update({ diskBytes: await this.#environment.shards.bytes() });
  }

  /** Everything from Start to the end, and what follows it behind the scenes. Never rejects. */
  async #guard(before: Promise<void>, start: Start): Promise<void> {
    const { exclusive } = this.#environment;
    const { signal, end } = start;
    try {
      await abortable(before, signal);
      void this.#watch.run(signal);
      await this.#openDisk();
      await exclusive(lockName, signal, {
        onBusy: () => {
          this.#awaitsTab = true;
          this.#showBusy();
        },
        work: async () => {
          this.#awaitsTab = false;
          await this.#sessions(start).then(() => end(), end);
          await this.#leaving;
        },
      });
    } catch (thrown) {
      end(thrown);
    }
    await before;
    // What came back after Stop was shown may have emptied the outbox.
    if (this.#board.status.phase === 'stopped') this.#showStopped();
  }

  async #openDisk(): Promise<void> {
    // The first use of the disk: one that is shut is known here.
    await this.#quota.open();
    this.#board.update({ today: { downloadedBytes: this.#quota.downloadedBytes } });
    await this.#limitDisk();
  }

  async #limitDisk(): Promise<void> {
    const diskBytes = await this.#quota.limitDisk();
    if (diskBytes !== null) this.#board.update({ diskBytes });
  }

  async #sessions({ options, signer, signal }: Start): Promise<void> {
    const { signals } = this.#environment;
    const unwatch = signals.watchNetwork(() => this.#run?.hurry());
    try {
      await runSessions(
        {
          environment: this.#environment,
          coordinator: this.#coordinator,
          board: this.#board,
          pacing: this.#pacing,
          watch: this.#watch,
          quota: this.#quota,
          tellFarewell: (body) => this.#tellFarewell(body),
          onRun: (run) => {
            this.#leaving = this.#run?.left ?? this.#leaving;
            this.#run = run;
          },
        },
        { options, signer, signal },
      );
    } finally {
      unwatch();
    }
  }

  #showEnd(signal: AbortSignal, thrown: unknown): void {
    this.#awaitsTab = false;
    if (thrown !== undefined && !signal.aborted) {
      this.#board.fail(toIdlewildError(thrown));
    } else {
      if (!signal.aborted) this.#board.say({ code: 'stopping/done', values: {} });
      this.#showStopped();
    }
    this.#board.update({ unit: null, download: null, batch: null, retryAfterMs: 0 });
    this.#board.update({ pauses: [], finishing: false });
  }

  #showStopped(): void {
    const { outbox: kept } = this.#board.status;
    this.#board.say({ code: 'stopped/done', values: { kept } });
  }
}

/** The contributor of one tab, at rest until `start`. */
export function createContributor(environment: Environment): WatchedContributor {
  return new LoopContributor(environment);
}
