// One visitor's session with the contributor's worker: the visitor's words become calls, and every
// status, the worker's or the page's own, goes to one listener in order.
//
//   none → start: connect, subscribe, contributor.start → running
//   running → stop: stopping → the worker says stopped, or is ended after stopMsMax → none
//   running → the worker says failed: it keeps, and the next start is asked of it
//   running → the worker itself died: it is ended, the next start takes a fresh one
//   any call fails → the worker is ended, the next start takes a fresh one
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { say } from '#words/say.ts';
import type { Connection } from '#worker/connect.ts';
import {
  type Conditions,
  type Contributor,
  type ContributorStatus,
  type DeletedData,
  idleStatus,
  type Saying,
  type Settings,
  type Signer,
  type StartOptions,
} from '#worker/status.ts';
import { atRest, failedStatus } from './failed-status.ts';

export interface SessionParts {
  connect(): Promise<Connection>;
  onStatus(status: ContributorStatus): void;
}

/** A worker whose script never came says nothing at all. */
const connectMsMax = 30_000;
/** Stop promises one second: a worker that has not stopped by then is ended. */
export const stopMsMax = 900;

export class Session {
  status: ContributorStatus = idleStatus;
  private readonly parts: SessionParts;
  private connection: Promise<Connection> | null = null;
  /** The same once it is there: a page that is being put to sleep cannot wait for a promise. */
  private connected: Connection | null = null;
  /** What the page observed last, for a worker that is not there yet. */
  private conditions: Conditions | null = null;
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
    this.publish({ ...this.status, ...connecting() });
    try {
      const { contributor } = await this.connect();
      const signer = await chooseSigner();
      if (run !== this.run) return;
      if (this.stopping) this.finishStop(stopped(this.status.outbox));
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

  /** Computes what is on the device, sends it, and then pauses. */
  finish(): Promise<void> {
    return this.call((contributor) => contributor.finish());
  }

  setSettings(settings: Settings): Promise<void> {
    return this.call((contributor) => contributor.setSettings(settings));
  }

  tellConditions(conditions: Conditions): Promise<void> {
    this.conditions = conditions;
    return this.call((contributor) => contributor.tellConditions(conditions));
  }

  tellFrames(lateShare: number | null): Promise<void> {
    return this.call((contributor) => contributor.tellFrames(lateShare));
  }

  /** The page is about to sleep or to go: everything held goes back at once. */
  leave(): Promise<void> {
    return this.call((contributor) => contributor.leave());
  }

  comeBack(): Promise<void> {
    return this.call((contributor) => contributor.comeBack());
  }

  /** Hands leases back. Ends the worker where it does not answer in time. */
  async stop(): Promise<void> {
    if (!this.running || this.stopping) return;
    this.stopping = true;
    const run = this.run;
    this.publish({ ...this.status, ...stopping() });
    this.stopTimer = setTimeout(() => {
      if (run === this.run && this.stopping) this.giveUp();
    }, stopMsMax);
    await this.call((contributor) => contributor.stop());
  }

  /**
   * For what is asked beside a run, before the first Start as well, since an earlier visit may have
   * left something: a failure is the asker's, and ends nothing.
   */
  async ask<Answer>(action: (contributor: Contributor) => Promise<Answer>): Promise<Answer> {
    const { contributor } = await this.connect();
    return action(contributor);
  }

  /**
   * Stops, and tells the coordinator that the consent is over.
   * @returns whether it was told: not where this browser has no session with it
   */
  async withdraw(): Promise<boolean> {
    await this.stop();
    try {
      await this.ask((contributor) => contributor.withdraw());
      return true;
    } catch (thrown) {
      if (toIdlewildError(thrown).code === 'session/none') return false;
      throw thrown;
    }
  }

  /**
   * Stops and deletes, and is then as before the first visit.
   * @param forget what the page itself keeps
   */
  async deleteData(scope: 'everywhere' | 'here', forget: () => void): Promise<DeletedData> {
    await this.stop();
    const deleted = await this.ask((contributor) => contributor.deleteData(scope));
    this.end();
    forget();
    this.publish(idleStatus);
    return deleted;
  }

  private connect(): Promise<Connection> {
    this.connection ??= this.open();
    return this.connection;
  }

  private async open(): Promise<Connection> {
    const era = this.era;
    try {
      const connection = await this.parts.connect();
      const { contributor } = connection;
      const subscribed = contributor.subscribe((status) => {
        if (era === this.era) this.hear(status);
      });
      await withinLimit(subscribed, connection);
      if (this.conditions) await contributor.tellConditions(this.conditions);
      if (era === this.era) this.connected = connection;
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
    this.finishStop({ code: 'stopped/worker-silent', values: {} });
  }

  private finishStop(saying: Saying): void {
    this.settle();
    const message = say('phase.stopped.title');
    this.publish({ ...this.status, ...atRest, phase: 'stopped', message, saying });
  }

  private end(): void {
    const ended = this.connection;
    this.connection = null;
    this.connected = null;
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

  /** Asked at once where the worker is there. */
  private async call(action: (contributor: Contributor) => Promise<void>): Promise<void> {
    if (!this.connection) return;
    const run = this.run;
    try {
      await action((this.connected ?? (await this.connection)).contributor);
    } catch (thrown) {
      if (run === this.run) this.fail(thrown);
    }
  }

  private publish(status: ContributorStatus): void {
    this.status = status;
    this.parts.onStatus(status);
  }
}

/** Until the worker says more: the state's name is the sentence. */
function connecting() {
  const message = say('phase.connecting.title');
  return {
    phase: 'connecting',
    message,
    saying: { code: 'connecting/session', values: {} },
    error: null,
    pauses: [],
    consentExpiresInMs: null,
  } satisfies Partial<ContributorStatus>;
}

function stopping() {
  const message = say('phase.stopping.title');
  return {
    phase: 'stopping',
    message,
    saying: { code: 'stopping/handing-back', values: {} },
  } as const;
}

function stopped(kept: number): Saying {
  return { code: 'stopped/done', values: { kept } };
}

async function withinLimit(answer: Promise<void>, { terminate }: Connection): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      terminate();
      reject(new IdlewildError('page/worker-silent', say('error.silent'), { retryable: true }));
    }, connectMsMax);
  });
  try {
    await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
