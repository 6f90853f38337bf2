// Who may send results: challenges, grants signed by wallets, and the session keys they name.
import { type KeyObject, randomBytes } from 'node:crypto';
import { openSessionKey, verifySessionSignature } from '#ledger/session-signature.ts';
import { isSignedByAccount } from '#ledger/wallet-signature.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sessionProofBytes } from '#protocol/grant.ts';
import {
  ARITHMETIC,
  type Backend,
  type Challenge,
  CONSENT_VERSION,
  type SessionAnswer,
  type SessionRequest,
  type Totals,
  WIRE_VERSION,
} from '#protocol/wire.ts';
import type { Context } from './context.ts';
import { checkWire } from './wire-schemas.ts';

export interface Session {
  id: string;
  account: string;
  key: KeyObject;
  backend: Backend;
  expiresAt: number;
}

export interface Sessions {
  challenge(wire: number): Challenge;
  /** @throws session/... naming what does not hold */
  open(request: SessionRequest, address: string): Promise<SessionAnswer>;
  /** @throws session/unknown, session/expired */
  find(id: string): Promise<Session>;
  /** The database has ended it. */
  forget(id: string): void;
}

/** Sessions whose key is kept parsed: 51 µs a check instead of 125. */
const sessionsCachedMax = 10_000;

function refuse(what: string, message: string, metaMessages: string[] = []): IdlewildError {
  return new IdlewildError(`session/${what}`, message, { metaMessages });
}

export function createSessions(context: Context): Sessions {
  const { challenges } = context;
  const cache = new Map<string, Session>();

  function remember(session: Session): Session {
    cache.set(session.id, session);
    if (cache.size > sessionsCachedMax) cache.delete(cache.keys().next().value as string);
    return session;
  }

  return {
    challenge(wire) {
      checkWire(wire);
      const { challengeMs } = context.waits;
      const { nonce, expiresAt } = challenges.make();
      const { chainId } = context;
      const coordinator = context.origin();
      return { wire: WIRE_VERSION, nonce, chainId, coordinator, expiresAt, challengeMs };
    },

    async open(request, address) {
      checkWire(request.wire);
      const { grant, walletSignature } = request;
      checkTerms(context, request, challenges.read(grant.nonce));
      const key = openSessionKey(grant.sessionKey);
      if (!verifySessionSignature(sessionProofBytes(grant), request.sessionSignature, key)) {
        throw refuse('bad-proof', 'The session key did not sign its own grant, with a low s.');
      }
      if (!(await isSignedByAccount(grant, walletSignature))) {
        throw refuse('wallet-signature', 'The wallet did not sign this grant.');
      }
      const session: Session = {
        id: `session_${randomBytes(16).toString('base64url')}`,
        account: grant.account.toLowerCase(),
        key,
        backend: request.capabilities.backend,
        expiresAt: grant.expiresAt * 1000,
      };
      const totals = await save(context, session, { request, address });
      if (!totals) throw refuse('nonce-used', 'This challenge was answered before.');
      remember(session);
      return {
        session: session.id,
        account: grant.account,
        expiresInMs: session.expiresAt - context.now(),
        consentExpiresInMs: Math.max(0, context.waits.consentMs - request.consent.ageMs),
        totals,
      };
    },

    forget(id) {
      cache.delete(id);
    },

    async find(id) {
      const session = cache.get(id) ?? remember(await load(context, id));
      if (session.expiresAt <= context.now()) {
        throw refuse('expired', 'The grant of this session is over.', ['Start again to renew it.']);
      }
      return session;
    },
  };
}

function save(
  { database, now }: Context,
  { id, account, expiresAt }: Session,
  { request, address }: { request: SessionRequest; address: string },
): Promise<Totals | null> {
  const { grant, walletSignature, capabilities, consent } = request;
  const at = now();
  return database.run('openSession', {
    id,
    account,
    sessionKey: grant.sessionKey,
    nonce: grant.nonce,
    grant: encodeCbor({ ...grant }),
    walletSignature,
    backend: capabilities.backend,
    adapter: capabilities.adapter,
    selfTest: capabilities.selfTest,
    address,
    now: at,
    expiresAt,
    consentVersion: consent.version,
    consentedAt: Math.max(0, at - consent.ageMs),
  });
}

async function load({ database }: Context, id: string): Promise<Session> {
  const row = await database.run('findSession', { id });
  if (!row) throw refuse('unknown', 'No such session.', ['Start again to open one.']);
  return {
    id,
    account: row.account_id,
    key: openSessionKey(row.session_key),
    backend: row.backend,
    expiresAt: Number(row.expires_at),
  };
}

/** Everything that a grant must say, by the challenge that it answers. */
function checkTerms(
  context: Context,
  { arithmetic, grant, consent }: SessionRequest,
  challenge: { expiresAt: number; until: number } | null,
): void {
  if (arithmetic !== ARITHMETIC) {
    throw new IdlewildError('wire/arithmetic', `This coordinator computes ${ARITHMETIC}.`, {
      metaMessages: ['Reload the page.'],
    });
  }
  if (!challenge) throw refuse('nonce-unknown', 'This coordinator made no such challenge.');
  if (challenge.until <= context.now()) {
    throw refuse('nonce-expired', 'The challenge is too old; ask for a new one.');
  }
  if (grant.coordinator !== context.origin()) {
    throw refuse('foreign-coordinator', `The grant is for ${grant.coordinator}, not this one.`);
  }
  if (grant.chainId !== context.chainId) {
    throw refuse('foreign-chain', `The grant is for chain ${grant.chainId}, not this one's.`);
  }
  if (grant.expiresAt !== challenge.expiresAt) {
    throw refuse('wrong-expiry', "The grant's expiry is not the challenge's.");
  }
  if (grant.consentVersion !== CONSENT_VERSION || consent.version !== CONSENT_VERSION) {
    throw refuse('wrong-consent', `Consent is asked for version ${CONSENT_VERSION}.`, [
      `The grant says ${grant.consentVersion}, the session ${consent.version}. Reload the page.`,
    ]);
  }
}
