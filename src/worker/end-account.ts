// How a visitor leaves: consent withdrawn, everything deleted, or a wallet's sessions ended. Whatever
// runs stops first, and what is finished is sent, since nobody would bring it later.
import type { RevokeAnswer } from '#protocol/account-wire.ts';
import { type IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { type AccountParts, endConsent, openSession, tellRevocation } from './account-calls.ts';
import type { Board } from './board.ts';
import { Exchange } from './exchange.ts';
import { forgetSession, keptSession, type Session } from './session.ts';
import { type DeletedData, idleStatus, type Signer } from './status.ts';

/** How long another tab is waited for, whose consent has ended as well. */
const otherTabMs = 15_000;

export interface EndParts extends AccountParts {
  board: Board;
  /** Resolves when nothing computes and nothing is on its way to the coordinator. */
  stop(): Promise<void>;
  /** Of the lock that whichever tab computes holds. */
  lockName: string;
}

/** @throws coordinator/..., and the session stays; session/none when it is forgotten here */
export async function withdrawConsent(parts: EndParts): Promise<void> {
  const { environment, board } = parts;
  await parts.stop();
  const missing = await endAtCoordinator(parts, 'withdraw').then(() => null, asMissing);
  await forgetSession(environment);
  board.update({ consentExpiresInMs: null });
  if (missing) throw missing;
}

/** @throws wallet/..., revocation/..., coordinator/..., and the session stays */
export async function revokeSessions(parts: EndParts, wallet: Signer): Promise<RevokeAnswer> {
  const { environment } = parts;
  await parts.stop();
  const session = await keptSession(environment);
  // What cannot be sent now, though the session lives, the wallet's word counts more than.
  if (session) await sendFinished(parts, session).catch(() => {});
  const answer = await tellRevocation(parts, wallet);
  if (session?.account === answer.account) await forgetSession(environment);
  return answer;
}

/** @throws coordinator/..., when nothing is deleted; cache/... */
export async function deletePerson(
  parts: EndParts,
  scope: 'everywhere' | 'here',
): Promise<DeletedData> {
  const { environment, board } = parts;
  await parts.stop();
  let account = board.status.account?.address ?? null;
  let atCoordinator = false;
  if (scope === 'everywhere') {
    try {
      account = await endAtCoordinator(parts, 'delete');
      atCoordinator = true;
    } catch (thrown) {
      asMissing(thrown);
    }
  }
  await whenAlone(parts, () => environment.erase());
  const { totals, verdicts, today, project, projectId, model } = idleStatus;
  board.update({ account: null, totals, verdicts, today, project, projectId, model });
  board.update({ outbox: 0, diskBytes: 0, units: 0, rows: 0, consentExpiresInMs: null });
  return { account, atCoordinator };
}

/** @returns the account that it was asked for */
async function endAtCoordinator(parts: EndParts, kind: 'withdraw' | 'delete'): Promise<string> {
  const session = await openSession(parts);
  await sendFinished(parts, session);
  await endConsent(parts, session, kind);
  return session.account;
}

/** The refusal, where it is that no session lives. @throws any other */
function asMissing(thrown: unknown): IdlewildError {
  const error = toIdlewildError(thrown);
  if (error.code !== 'session/none') throw error;
  return error;
}

/** @throws where the coordinator cannot be reached: then there is still something to lose */
async function sendFinished(parts: EndParts, session: Session): Promise<void> {
  const exchange = new Exchange(parts, session);
  await exchange.open();
  const { signal } = new AbortController();
  try {
    for (let before = Number.POSITIVE_INFINITY; exchange.unsent < before && exchange.unsent > 0; ) {
      before = exchange.unsent;
      await exchange.call({ units: 0, speed: 0, project: null }, signal);
    }
  } catch (thrown) {
    // What is refused for good would be refused later, too.
    if (toIdlewildError(thrown).retryable) throw thrown;
  }
}

/** With the lock of whoever computes; without it where that tab goes on all the same. */
async function whenAlone(
  { environment, lockName }: EndParts,
  work: () => Promise<void>,
): Promise<void> {
  let hasBegun = false;
  const begin = () => {
    hasBegun = true;
    return work();
  };
  const hooks = { onBusy() {}, work: begin };
  try {
    await environment.exclusive(lockName, AbortSignal.timeout(otherTabMs), hooks);
  } catch (thrown) {
    if (hasBegun) throw thrown;
    await work();
  }
}
