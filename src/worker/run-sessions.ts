// One start as a series of sessions: the device is opened and tested, the visitor's account signs in,
// and a run goes on until it is done, or its session over and another asked for.
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { abortable } from './bell.ts';
import type { Board } from './board.ts';
import { beginDevice, type Device, type OpeningDevice } from './device.ts';
import type { Environment } from './environment.ts';
import { Run, type RunParts } from './run.ts';
import { forgetSession, type Session } from './session.ts';
import { signIn } from './sign-in.ts';
import type { Signer, StartOptions } from './status.ts';

/** Sessions refused in a row before giving up: a wallet is not asked without end. */
const refusedSessionsMax = 2;
/** What a session is over with, for whoever starts again: consent is asked for anew. */
const overCodes = ['account/bound', 'consent/expired', 'consent/withdrawn'];

export interface SessionsParts extends Omit<RunParts, 'device' | 'opened' | 'unitsLeft'> {
  /** The run that is under way; null when it is over. */
  onRun(run: Run | null): void;
}

interface Start {
  options: StartOptions;
  signer: Signer;
  signal: AbortSignal;
}

/** @throws the signal's reason, and whatever ends a run */
export async function runSessions(parts: SessionsParts, start: Start): Promise<void> {
  const { environment, board } = parts;
  const { options, signer, signal } = start;
  const { consentAgeMs = 0 } = options;
  // The device is tested while the wallet is asked.
  let opening = beginOpening(environment, options, signal);
  let shown: Promise<Device> | null = null;
  const opened = () => {
    shown ??= showDevice(
      board,
      abortable(
        opening.then(({ tested }) => tested),
        signal,
      ),
    );
    return shown;
  };
  try {
    for (let refused = 0; ; refused++) {
      const session = await signIn({ ...parts, signer, consentAgeMs, opened, signal });
      const unitsBefore = board.status.units;
      const outcome = session
        ? await runSession(parts, { ...start, opening, opened, session })
        : 'session-refused';
      if (outcome === 'done') return;
      await forgetSession(environment);
      if (board.status.units > unitsBefore) refused = 0;
      if (refused >= refusedSessionsMax) throw refusedForGood();
      board.say({ code: 'connecting/again', values: {} });
      // It may be over since a result was wrong: a new session brings a new self-test.
      await closeDevice(opening);
      opening = beginOpening(environment, options, signal);
      shown = null;
    }
  } catch (thrown) {
    if (overCodes.includes(toIdlewildError(thrown).code)) await forgetSession(environment);
    throw thrown;
  } finally {
    const closed = closeDevice(opening);
    // Stop does not wait for a device that is still being opened.
    if (!signal.aborted) await closed;
  }
}

function beginOpening(
  environment: Environment,
  { backend }: StartOptions,
  signal: AbortSignal,
): Promise<OpeningDevice> {
  const opening = environment
    .findBackends(backend)
    .then((choices) => beginDevice(environment, choices, signal));
  opening.catch(() => {});
  return opening;
}

async function showDevice(board: Board, opening: Promise<Device>): Promise<Device> {
  board.say({ code: 'testing/known-answers', values: {} });
  const device = await opening;
  const { backend, why, whyCode } = device;
  board.update({ device: { backend: backend.name, adapter: backend.adapter, why, whyCode } });
  return device;
}

interface Opened {
  opening: Promise<OpeningDevice>;
  /** The device, once it is tested. */
  opened(): Promise<Device>;
  session: Session;
}

async function runSession(
  parts: SessionsParts,
  { options, opening, opened, session, signal }: Start & Opened,
): Promise<'done' | 'session-refused'> {
  const { device } = await abortable(opening, signal);
  // Without an idea of its speed there is nothing to ask for.
  if (device.speed === null) await opened();
  const { unitsMax } = options;
  const { units } = parts.board.status;
  const unitsLeft = unitsMax > 0 ? unitsMax - units : Number.POSITIVE_INFINITY;
  const run = new Run({ ...parts, device, opened, unitsLeft }, session);
  parts.onRun(run);
  try {
    run.refresh();
    return await run.work(signal);
  } finally {
    parts.onRun(null);
  }
}

function closeDevice(opening: Promise<OpeningDevice>): Promise<void> {
  return opening
    .then(({ tested }) => tested)
    .then(
      (device) => device.destroy(),
      () => {},
    );
}

function refusedForGood(): IdlewildError {
  return new IdlewildError('session/refused', 'The coordinator refuses every session.', {
    metaMessages: ['Reload the page. If it stays so, tell whoever runs it.'],
  });
}
