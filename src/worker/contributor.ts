// The contributor: what Start, Pause, Resume and Stop do. One run at a time; everything that goes
// wrong ends in the phase `failed` with its reason. When the end is shown nothing computes any
// more; leases may still be on their way back, and the next start waits for that.
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { abortable } from './bell.ts';
import { Board } from './board.ts';
import { type Coordinator, connectCoordinator } from './coordinator.ts';
import { type Device, openDevice } from './device.ts';
import type { Environment } from './environment.ts';
import { forgetModels } from './exchange.ts';
import { Pace } from './pace.ts';
import { Run } from './run.ts';
import { forgetSession, openSession, resumeSession, type Session, signGrant } from './session.ts';
import type { Contributor, ContributorStatus, Signer, StartOptions } from './status.ts';

/** Sessions refused in a row before giving up: a wallet is not asked without end. */
const refusedSessionsMax = 2;
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

class LoopContributor implements Contributor {
  readonly #environment: Environment;
  readonly #coordinator: Coordinator;
  readonly #board: Board;
  readonly #pace: Pace;
  #active: Active | null = null;
  #run: Run | null = null;
  /** Resolves when that run has handed back what it held. Never rejects. */
  #leaving: Promise<void> = Promise.resolve();
  /** The same for all starts so far, and what they hold of other tabs. Never rejects. */
  #left: Promise<void> = Promise.resolve();
  /** Until another tab has stopped. */
  #awaitsTab = false;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#coordinator = connectCoordinator(environment.origin, environment.fetch);
    this.#board = new Board(environment.clock);
    this.#pace = new Pace(environment.clock, 100);
  }

  async start(options: StartOptions, signer: Signer | null): Promise<void> {
    if (this.#active) throw new IdlewildError('worker/already-started', 'It is already running.');
    const stop = new AbortController();
    const { signal } = stop;
    this.#pace.dutyPercent = options.dutyPercent;
    this.#pace.tellFrames(null);
    this.#pace.resume();
    this.#board.phase('connecting', 'Connecting: asking the coordinator for a session.');
    this.#board.update({ error: null, units: 0, rows: 0, verdicts: [], retryAfterMs: 0 });
    this.#board.update({ yielding: false });
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
  }

  async pause(): Promise<void> {
    this.#pace.pause();
    this.#refresh();
  }

  async resume(): Promise<void> {
    this.#pace.resume();
    this.#refresh();
  }

  #refresh(): void {
    if (this.#run) this.#run.refresh();
    else if (this.#awaitsTab) this.#showBusy();
  }

  #showBusy(): void {
    if (this.#pace.paused) this.#board.phase('paused', 'Paused.');
    else this.#board.phase('waiting', 'Waiting: another tab of this browser computes already.');
  }

  async stop(): Promise<void> {
    if (!this.#active) return;
    this.#board.phase('stopping', 'Stopping: handing work back.');
    this.#active.stop.abort(new IdlewildError('worker/stopped', 'Stopped.'));
    await this.#active.shown;
  }

  async setDutyPercent(percent: number): Promise<void> {
    if (percent === this.#pace.dutyPercent) return;
    this.#pace.dutyPercent = percent;
    this.#run?.forgetSpeed();
  }

  async tellFrames(lateShare: number | null): Promise<void> {
    this.#pace.tellFrames(lateShare);
    this.#board.update({ yielding: this.#pace.isYielding });
  }

  async subscribe(listener: (status: ContributorStatus) => void): Promise<void> {
    this.#board.subscribe(listener);
  }

  async clearCache(): Promise<void> {
    await this.#environment.shards.clear();
    await forgetModels(this.#environment.store);
    this.#board.update({ cachedBytes: await this.#environment.shards.bytes() });
  }

  /** Everything from Start to the end, and what follows it behind the scenes. Never rejects. */
  async #guard(before: Promise<void>, start: Start): Promise<void> {
    const { exclusive, shards } = this.#environment;
    const { signal, end } = start;
    try {
      await abortable(before, signal);
      this.#board.update({ cachedBytes: await shards.bytes() });
      await exclusive(lockName, signal, {
        onBusy: () => {
          this.#awaitsTab = true;
          this.#showBusy();
        },
        work: async () => {
          this.#awaitsTab = false;
          await this.#work(start).then(() => end(), end);
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

  #showEnd(signal: AbortSignal, thrown: unknown): void {
    this.#awaitsTab = false;
    if (thrown !== undefined && !signal.aborted) {
      this.#board.fail(toIdlewildError(thrown));
    } else {
      if (!signal.aborted) this.#board.phase('stopping', 'Stopping.');
      this.#showStopped();
    }
    this.#board.update({ unit: null, download: null, batch: null, retryAfterMs: 0 });
  }

  #showStopped(): void {
    const { outbox } = this.#board.status;
    const kept = outbox > 0 ? ` Kept for the next start: ${outbox} finished results.` : '';
    this.#board.phase('stopped', `Stopped.${kept}`);
  }

  async #work({ options, signer, signal }: Start): Promise<void> {
    // The device is tested while the wallet is asked.
    let opening = this.#openDevice(options, signal);
    let shown: Promise<Device> | null = null;
    const opened = () => {
      shown ??= this.#showDevice(abortable(opening, signal));
      return shown;
    };
    try {
      for (let refused = 0; ; refused++) {
        const session = await this.#connect(signer, opened, signal);
        const unitsBefore = this.#board.status.units;
        const outcome = session
          ? await this.#runSession(await opened(), session, options, signal)
          : 'session-refused';
        if (outcome === 'done') return;
        await forgetSession(this.#environment);
        if (this.#board.status.units > unitsBefore) refused = 0;
        if (refused >= refusedSessionsMax) {
          throw new IdlewildError('session/refused', 'The coordinator refuses every session.', {
            metaMessages: ['Reload the page. If it stays so, tell whoever runs it.'],
          });
        }
        this.#board.phase('connecting', 'Connecting again: the last session is over.');
        // It may be over since a result was wrong: a new session brings a new self-test.
        await closeDevice(opening);
        opening = this.#openDevice(options, signal);
        shown = null;
      }
    } finally {
      const closed = closeDevice(opening);
      // Stop does not wait for a device that is still being opened.
      if (!signal.aborted) await closed;
    }
  }

  #openDevice({ backend }: StartOptions, signal: AbortSignal): Promise<Device> {
    const opening = openDevice(this.#environment, backend, signal);
    opening.catch(() => {});
    return opening;
  }

  async #showDevice(opening: Promise<Device>): Promise<Device> {
    this.#board.phase('testing', 'Testing: this device computes known answers.');
    const device = await opening;
    const { backend, why } = device;
    this.#board.update({ device: { backend: backend.name, adapter: backend.adapter, why } });
    return device;
  }

  /** The session of an earlier visit, or a new one by a new grant; null if that came too late. */
  async #connect(
    signer: Signer,
    opened: () => Promise<Device>,
    signal: AbortSignal,
  ): Promise<Session | null> {
    const account = (await abortable(signer.address(), signal)).toLowerCase();
    signal.throwIfAborted();
    this.#board.update({ account: { address: account, kind: signer.kind } });
    const resumed = await resumeSession(this.#environment, account);
    if (resumed) return resumed;
    const signed = await signGrant(this.#environment, this.#coordinator, {
      signer,
      account,
      signal,
    });
    signal.throwIfAborted();
    const { backend, selfTest, speed } = await opened();
    const capabilities = { backend: backend.name, adapter: backend.adapter, selfTest, speed };
    const session = await openSession(this.#environment, this.#coordinator, {
      signed,
      capabilities,
      signal,
    }).catch((thrown: unknown) => {
      // The wallet took its time, or the coordinator restarted meanwhile: asked once more.
      if (toIdlewildError(thrown).code.startsWith('session/nonce-')) return null;
      throw thrown;
    });
    if (session?.totals) this.#board.update({ totals: session.totals });
    return session;
  }

  async #runSession(device: Device, session: Session, options: StartOptions, signal: AbortSignal) {
    const { units } = this.#board.status;
    const run = new Run(
      {
        environment: this.#environment,
        coordinator: this.#coordinator,
        device,
        board: this.#board,
        pace: this.#pace,
        unitsLeft: options.unitsMax > 0 ? options.unitsMax - units : Number.POSITIVE_INFINITY,
      },
      session,
    );
    this.#run = run;
    try {
      run.refresh();
      return await run.work(signal);
    } finally {
      this.#leaving = run.left;
      this.#run = null;
    }
  }
}

/** The contributor of one tab, at rest until `start`. */
export function createContributor(environment: Environment): Contributor {
  return new LoopContributor(environment);
}

function closeDevice(opening: Promise<Device>): Promise<void> {
  return opening.then(
    (device) => device.destroy(),
    () => {},
  );
}
