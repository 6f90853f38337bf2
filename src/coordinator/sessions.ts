// Who may send results: challenges, grants signed by wallets, and the session keys they name.
import { type KeyObject, randomBytes } from 'node:crypto';
import { openSessionKey, verifySessionSignature } from '#ledger/session-signature.ts';
import { hashStatement } from '#ledger/wallet-signature.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { grantTypedData, sessionProofBytes } from '#protocol/grant.ts';
import type { WalletCheck } from '#protocol/receipt.ts';
import {
  ARITHMETIC,
  type Backend,
  type Challenge,
  CONSENT_VERSION,
  type SessionAnswer,
  type SessionRequest,
  WIRE_VERSION,
} from '#protocol/wire.ts';
import type { OpenedSession } from '#store/session-operations.ts';
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
  /** @throws session/..., chain/... naming what does not hold */
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
      const challenge = checkTerms(context, request, challenges.read(grant.nonce));
      const key = openSessionKey(grant.sessionKey);
      if (!verifySessionSignature(sessionProofBytes(grant), request.sessionSignature, key)) {
        throw refuse('bad-proof', 'The session key did not sign its own grant, with a low s.');
      }
      const { account } = grant;
      const hash = hashStatement(grantTypedData(grant));
      const word = await context.wallets.verify(
        { account, hash, signature: walletSignature },
        address,
      );
      if (word === null) throw unsignedByWallet(context);
      const session: Session = {
        id: `session_${randomBytes(16).toString('base64url')}`,
        account: account.toLowerCase(),
        key,
        backend: request.capabilities.backend,
        expiresAt: grant.expiresAt * 1000,
      };
      const walletCheck = word === 'key' ? null : word;
      const grantedAt = challenge.until - context.waits.challengeMs;
      const opening = { request, address, walletCheck, grantedAt };
      const opened = await save(context, session, opening);
      if (opened.kind === 'nonce-used') {
        throw refuse('nonce-used', 'This challenge was answered before.');
      }
      if (opened.kind === 'revoked') {
        throw refuse('revoked', 'The wallet has revoked this grant.', ['Sign a new one.']);
      }
      remember(session);
      return {
        session: session.id,
        account,
        expiresInMs: session.expiresAt - context.now(),
        consentExpiresInMs: Math.max(0, context.waits.consentMs - request.consent.ageMs),
        totals: opened.totals,
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

function unsignedByWallet({ wallets }: Context): IdlewildError {
  const more = 'Where the account is a contract: its operator must set --chain-rpc to ask it.';
  const message = 'The wallet did not sign this grant.';
  return refuse('wallet-signature', message, wallets.hasChain ? [] : [more]);
}

interface Opening {
  request: SessionRequest;
  address: string;
  walletCheck: WalletCheck | null;
  /** When its challenge was made. */
  grantedAt: number;
}

function save(
  { database, now }: Context,
  { id, account, expiresAt }: Session,
  { request, address, walletCheck, grantedAt }: Opening,
): Promise<OpenedSession> {
  const { grant, walletSignature, capabilities, consent, device = false } = request;
  const at = now();
  return database.run('openSession', {
    id,
    account,
    sessionKey: grant.sessionKey,
    nonce: grant.nonce,
    grant: encodeCbor({ ...grant }),
    walletSignature,
    walletCheck,
    kind: device ? 'device' : 'wallet',
    grantedAt,
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

type ReadChallenge = NonNullable<ReturnType<Context['challenges']['read']>>;

/** Everything that a grant must say, by the challenge that it answers. */
function checkTerms(
  context: Context,
  { arithmetic, grant, consent }: SessionRequest,
  challenge: ReadChallenge | null,
): ReadChallenge {
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
  return challenge;
}
