// The calls about this browser's own account: each is signed by the session that is kept here, with
// the counter that its calls for work use as well.
import type {
  AccountAnswer,
  BindAnswer,
  ConsentEnded,
  RevokeAnswer,
} from '#protocol/account-wire.ts';
import type { Binding } from '#protocol/binding.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { WIRE_VERSION } from '#protocol/wire.ts';
import {
  readAccountAnswer,
  readBindAnswer,
  readConsentEnded,
  readRevokeAnswer,
} from './account-answers.ts';
import type { Coordinator } from './coordinator.ts';
import type { Environment } from './environment.ts';
import { heardCounter } from './heard-counter.ts';
import { checkOrigin } from './same-origin.ts';
import { keptSession, type Session, type Statement } from './session.ts';
import type { Signer } from './status.ts';

/** Calls for work go out meanwhile, and may overtake one of these so many times. */
const overtakenMax = 5;
/** Refusals that say that no session of this browser lives. */
const overCodes = ['session/expired', 'session/unknown'];

export interface AccountParts {
  environment: Environment;
  coordinator: Coordinator;
}

function noSession(cause?: unknown): IdlewildError {
  return new IdlewildError('session/none', 'This browser has no session with the coordinator.', {
    metaMessages: ['Press Start: that opens one. Then ask again.'],
    cause,
  });
}

/** @throws session/none */
export async function openSession({ environment }: AccountParts): Promise<Session> {
  const session = await keptSession(environment);
  if (!session) throw noSession();
  return session;
}

/** @throws session/none where the coordinator has ended it, and what it refuses with */
async function tell(
  { coordinator }: AccountParts,
  session: Session,
  { path, statement }: { path: string; statement: Statement },
): Promise<unknown> {
  const { signal } = new AbortController();
  for (let overtaken = 0; ; overtaken++) {
    try {
      return await coordinator.tell(path, await session.seal(statement), signal);
    } catch (thrown) {
      const error = toIdlewildError(thrown);
      if (overCodes.includes(error.code)) throw noSession(error);
      const heard = heardCounter(error);
      if (heard === null || overtaken === overtakenMax) throw error;
      session.raise(heard);
    }
  }
}

/** @throws session/none, coordinator/... */
export async function readAccount(parts: AccountParts, days: number): Promise<AccountAnswer> {
  const session = await openSession(parts);
  const call = { path: '/v1/account', statement: { kind: 'account', days } } as const;
  return readAccountAnswer(await tell(parts, session, call));
}

/** @throws session/none, coordinator/... */
export async function endConsent(
  parts: AccountParts,
  session: Session,
  kind: 'withdraw' | 'delete',
): Promise<ConsentEnded> {
  const call = { path: `/v1/account/${kind}`, statement: { kind } as const };
  return readConsentEnded(await tell(parts, session, call));
}

/** @throws session/none, session/not-device, session/foreign-coordinator, wallet/..., binding/... */
export async function bindAccount(parts: AccountParts, wallet: Signer): Promise<BindAnswer> {
  const { environment, coordinator } = parts;
  const session = await openSession(parts);
  const signer = environment.deviceSigner();
  const device = (await signer.address()).toLowerCase();
  if (session.account !== device) {
    throw new IdlewildError('session/not-device', "The credit is a wallet's own already.");
  }
  const challenge = await coordinator.challenge(new AbortController().signal);
  checkOrigin(challenge, environment.origin);
  const { coordinator: named, chainId, nonce, expiresAt } = challenge;
  const address = (await wallet.address()).toLowerCase();
  const binding: Binding = {
    device,
    wallet: address,
    coordinator: named,
    chainId,
    nonce,
    expiresAt,
  };
  // A person may refuse, so the wallet comes first.
  const walletSignature = await wallet.signBinding(binding);
  const deviceSignature = await signer.signBinding(binding);
  const statement = { kind: 'bind', binding, deviceSignature, walletSignature } as const;
  return readBindAnswer(await tell(parts, session, { path: '/v1/account/bind', statement }));
}

/** By the wallet's word alone: in no session's name. @throws wallet/..., revocation/..., coordinator/... */
export async function tellRevocation(
  { environment, coordinator }: AccountParts,
  wallet: Signer,
): Promise<RevokeAnswer> {
  const account = (await wallet.address()).toLowerCase();
  const { signal } = new AbortController();
  const challenge = await coordinator.challenge(signal);
  checkOrigin(challenge, environment.origin);
  const { coordinator: named, chainId, nonce } = challenge;
  const sessionKey = new Uint8Array();
  const revocation = { account, coordinator: named, chainId, sessionKey, nonce };
  const walletSignature = await wallet.signRevocation(revocation);
  const request = { wire: WIRE_VERSION, revocation, walletSignature };
  return readRevokeAnswer(await coordinator.tell('/v1/account/revoke', request, signal));
}
