// One visitor's session with the contributor's worker: Start, Pause, Resume and Stop become calls,
// and every status, the worker's or the page's own, goes to one listener in order.
//
//   none → start: connect, subscribe, contributor.start → running
//   running → stop: stopping → the worker says stopped, or is ended after stopMsMax → none
//   running → the worker says failed: it keeps, and the next start is asked of it
//   running → the worker itself died: it is ended, the next start takes a fresh one
//   any call fails → the worker is ended, the next start takes a fresh one
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import type { Connection } from '#worker/connect.ts';
import {
  type Contributor,
  type ContributorStatus,
  idleStatus,
  type Signer,
  type StartOptions,
} from '#worker/status.ts';
import { failedStatus } from './failed-status.ts';

export interface SessionParts {
  connect(): Promise<Connection>;
  onStatus(status: ContributorStatus): void;
}

/** A worker whose script never came says nothing at all. */
const connectMsMax = 30_000;
/** Stop promises one second: a worker that has not stopped by then is ended. */
const stopMsMax = 900;

export class Session {
  status: ContributorStatus = idleStatus;
  private readonly parts: SessionParts;
  private connection: Promise<Connection> | null = null;
  private stopping = false;
  private stopTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts starts, so that what comes late from an earlier one is dropped. */
  private run = 0;
  /** Counts workers, for the same reason. */
  private era = 0;

  constructor(parts: SessionParts) {
    this.parts = parts;
  }

  get running(): boolean {
    return !['idle', 'stopped', 'failed'].includes(this.status.phase);
  }

  /** @param chooseSigner gives null for the key that the worker keeps in this browser */
  async start(options: StartOptions, chooseSigner: () => Promise<Signer | null>): Promise<void> {
    if (this.running) return;
    const run = ++this.run;
    this.stopping = false;
    const message = 'Connecting: asking the coordinator for a session.';
    this.publish({ ...this.status, phase: 'connecting', message, error: null });
    try {
      const { contributor } = await this.connect();
      const signer = await chooseSigner();
      if (run !== this.run) return;
      if (this.stopping) this.finishStop('');
      else await contributor.start(options, signer);
    } catch (thrown) {
      if (run === this.run) this.fail(thrown);
    }
  }

  pause(): Promise<void> {
    return this.call((contributor) => contributor.pause());
  }

  resume(): Promise<void> {
    return this.call((contributor) => contributor.resume());
  }

  setDutyPercent(percent: number): Promise<void> {
    return this.call((contributor) => contributor.setDutyPercent(percent));
  }

  tellFrames(lateShare: number | null): Promise<void> {
    return this.call((contributor) => contributor.tellFrames(lateShare));
  }

  /** Hands leases back. Ends the worker where it does not answer in time. */
  async stop(): Promise<void> {
    if (!this.running || this.stopping) return;
    this.stopping = true;
    const run = this.run;
    this.publish({ ...this.status, phase: 'stopping', message: 'Stopping: handing work back.' });
    this.stopTimer = setTimeout(() => {
      if (run === this.run && this.stopping) this.giveUp();
    }, stopMsMax);
    await this.call((contributor) => contributor.stop());
  }

  /** Works before the first Start as well, since an earlier visit may have left files. */
  async clearCache(): Promise<void> {
    const { contributor } = await this.connect();
    await contributor.clearCache();
  }

  private connect(): Promise<Connection> {
    this.connection ??= this.open();
    return this.connection;
  }

  private async open(): Promise<Connection> {
    const era = this.era;
    try {
      const connection = await this.parts.connect();
      const subscribed = connection.contributor.subscribe((status) => {
        if (era === this.era) this.hear(status);
      });
      await withinLimit(subscribed, connection);
      return connection;
    } catch (thrown) {
      this.connection = null;
      throw thrown;
    }
  }

  private hear(status: ContributorStatus): void {
    const ended = status.phase === 'stopped' || status.phase === 'failed';
    if (this.stopping && !ended) {
      if (status.phase !== 'idle') this.publish({ ...status, phase: 'stopping' });
      return;
    }
    // A worker that has only just begun still says idle, after the visitor pressed Start.
    if (status.phase === 'idle' && this.running) return;
    if (ended) this.settle();
    if (status.error?.code === 'worker/crashed') this.end();
    this.publish(status);
  }

  private settle(): void {
    this.stopping = false;
    clearTimeout(this.stopTimer);
  }

  private giveUp(): void {
    this.end();
    this.finishStop(
      'The worker did not answer, so it was ended. The units it held run out by themselves.',
    );
  }

  private finishStop(message: string): void {
    this.settle();
    this.publish({ ...this.status, phase: 'stopped', message, unit: null, download: null });
  }

  private end(): void {
    const ended = this.connection;
    this.connection = null;
    this.era++;
    this.settle();
    ended?.then(
      (connection) => connection.terminate(),
      () => {},
    );
  }

  /** A call that the worker did not take: whatever it still does is ended with it. */
  private fail(thrown: unknown): void {
    this.end();
    this.publish(failedStatus(this.status, toIdlewildError(thrown, 'page/worker').toWire()));
  }

  private async call(action: (contributor: Contributor) => Promise<void>): Promise<void> {
    if (!this.connection) return;
    const run = this.run;
    try {
      await action((await this.connection).contributor);
    } catch (thrown) {
      if (run === this.run) this.fail(thrown);
    }
  }

  private publish(status: ContributorStatus): void {
    this.status = status;
    this.parts.onStatus(status);
  }
}

async function withinLimit(answer: Promise<void>, { terminate }: Connection): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      terminate();
      const message = 'The program that computes did not start in this tab.';
      reject(new IdlewildError('page/worker-silent', message, { retryable: true }));
    }, connectMsMax);
  });
  try {
    await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
