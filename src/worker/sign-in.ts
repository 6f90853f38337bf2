// How a run comes to its session: the one of an earlier visit, or a new one by a new grant, for
// which the wallet is asked while the device is being tested.
import { toIdlewildError } from '#protocol/errors.ts';
import { abortable } from './bell.ts';
import type { Board } from './board.ts';
import type { Coordinator } from './coordinator.ts';
import type { Device } from './device.ts';
import type { Environment } from './environment.ts';
import { openSession, resumeSession, type Session, signGrant } from './session.ts';
import type { Signer } from './status.ts';

interface SignInParts {
  environment: Environment;
  coordinator: Coordinator;
  board: Board;
  signer: Signer;
  /** How long ago the visitor agreed. */
  consentAgeMs: number;
  /** The device, once it is tested. */
  opened(): Promise<Device>;
  signal: AbortSignal;
}

/** @returns null where the grant came too late: it is worth asking again */
export async function signIn(parts: SignInParts): Promise<Session | null> {
  const { environment, coordinator, board, signer, consentAgeMs, opened, signal } = parts;
  const account = (await abortable(signer.address(), signal)).toLowerCase();
  signal.throwIfAborted();
  board.update({ account: { address: account, kind: signer.kind } });
  const resumed = await resumeSession(environment, account);
  if (resumed) return show(board, resumed);
  const signed = await signGrant(environment, coordinator, { signer, account, signal });
  signal.throwIfAborted();
  const { backend, selfTest, speed } = await opened();
  const { name, adapter } = backend;
  const capabilities = { backend: name, adapter, selfTest, speed: speed ?? 0 };
  try {
    const device = signer.kind === 'device';
    const given = { signed, capabilities, consentAgeMs, device, signal };
    return show(board, await openSession(environment, coordinator, given));
  } catch (thrown) {
    // The wallet took its time, or the coordinator restarted meanwhile: asked once more.
    if (toIdlewildError(thrown).code.startsWith('session/nonce-')) return null;
    throw thrown;
  }
}

function show(board: Board, session: Session): Session {
  if (session.totals) board.update({ totals: session.totals });
  board.update({ consentExpiresInMs: session.consentExpiresInMs });
  return session;
}
