// One session with the coordinator: a grant by the wallet, a session key that signs every envelope
// with a rising counter. Kept in the store, so that a reload goes on where the tab left off.
import type { Store } from '#cache/store.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sessionProofBytes } from '#protocol/grant.ts';
import {
  ARITHMETIC,
  type Capabilities,
  CONSENT_VERSION,
  type Envelope,
  type Grant,
  type ResultPayload,
  type Totals,
  WIRE_VERSION,
  type WorkRequest,
} from '#protocol/wire.ts';
import {
  createSessionKey,
  publicPoint,
  type SessionKey,
  signWithSessionKey,
} from '#wallet/session-key.ts';
import { abortable } from './bell.ts';
import type { Coordinator } from './coordinator.ts';
import type { Environment } from './environment.ts';
import type { Signer } from './status.ts';

const storeKey = 'session';
/** A session that ends sooner is not worth resuming. */
const usefulMs = 60_000;

interface StoredSession {
  id: string;
  account: string;
  coordinator: string;
  /** By this machine's clock; only a hint, the coordinator decides. */
  endsAtWallMs: number;
  key: SessionKey;
}

type Unsealed =
  | Omit<WorkRequest, 'session' | 'counter'>
  | Omit<ResultPayload, 'session' | 'counter'>;

export interface Session {
  readonly id: string;
  readonly account: string;
  /** Null in a resumed session, until the first answer. */
  readonly totals: Totals | null;
  /** Adds session and the next counter, encodes and signs. */
  seal(payload: Unsealed): Promise<{ envelope: Envelope; counter: number }>;
  /** The coordinator has heard this counter: the next one is higher, whatever the store says. */
  raise(counter: number): void;
}

export interface SignedGrant {
  grant: Grant;
  walletSignature: Uint8Array;
  key: SessionKey;
}

function makeSession(store: Store, stored: StoredSession, totals: Totals | null): Session {
  // The store may be emptied under a running tab; the session goes on from here.
  let above = 0;
  return {
    id: stored.id,
    account: stored.account,
    totals,
    raise(counter) {
      above = Math.max(above, counter);
    },
    async seal(payload) {
      const counter = await store.increment(`counter/${stored.id}`, above);
      above = Math.max(above, counter);
      const bytes = encodeCbor({ ...payload, session: stored.id, counter });
      const signature = await signWithSessionKey(stored.key, bytes);
      return { envelope: { payload: bytes, signature }, counter };
    },
  };
}

/** The session of an earlier visit, if it is this account's and still runs. */
export async function resumeSession(
  { store, origin, clock }: Environment,
  account: string,
): Promise<Session | null> {
  const stored = (await store.get(storeKey)) as StoredSession | undefined;
  if (!stored || stored.account !== account || stored.coordinator !== origin) return null;
  if (stored.endsAtWallMs < clock.wallMs() + usefulMs) return null;
  return makeSession(store, stored, null);
}

/** Asks for a challenge and has the wallet sign a grant to a new session key. */
export async function signGrant(
  { origin }: Environment,
  coordinator: Coordinator,
  { signer, account, signal }: { signer: Signer; account: string; signal: AbortSignal },
): Promise<SignedGrant> {
  const challenge = await coordinator.challenge(signal);
  if (!isSameOrigin(challenge.coordinator, origin)) {
    throw new IdlewildError(
      'session/foreign-coordinator',
      'The coordinator names another origin.',
      {
        metaMessages: [
          `This page came from ${origin}, its coordinator calls itself ${challenge.coordinator}.`,
          'Nothing was signed. Tell whoever runs it.',
        ],
      },
    );
  }
  const key = await createSessionKey();
  const grant: Grant = {
    account,
    sessionKey: await publicPoint(key),
    coordinator: challenge.coordinator,
    chainId: challenge.chainId,
    nonce: challenge.nonce,
    expiresAt: challenge.expiresAt,
    consentVersion: CONSENT_VERSION,
  };
  const walletSignature = await abortable(signer.signGrant(grant), signal);
  return { grant, walletSignature, key };
}

/** The names of this very machine are one origin, for trying things out. */
function isSameOrigin(named: string, origin: string): boolean {
  const normal = (text: string) => {
    const url = new URL(text);
    if (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) url.hostname = 'localhost';
    return url.origin;
  };
  return URL.canParse(named) && normal(named) === normal(origin);
}

export async function openSession(
  { store, origin, clock }: Environment,
  coordinator: Coordinator,
  {
    signed,
    capabilities,
    signal,
  }: {
    signed: SignedGrant;
    capabilities: Capabilities;
    signal: AbortSignal;
  },
): Promise<Session> {
  const { grant, walletSignature, key } = signed;
  const answer = await coordinator.openSession(
    {
      wire: WIRE_VERSION,
      arithmetic: ARITHMETIC,
      grant,
      walletSignature,
      sessionSignature: await signWithSessionKey(key, sessionProofBytes(grant)),
      capabilities,
    },
    signal,
  );
  const previous = (await store.get(storeKey)) as StoredSession | undefined;
  if (previous) await store.remove(`counter/${previous.id}`);
  const stored: StoredSession = {
    id: answer.session,
    account: grant.account,
    coordinator: origin,
    endsAtWallMs: clock.wallMs() + answer.expiresInMs,
    key,
  };
  await store.set(storeKey, stored);
  return makeSession(store, stored, answer.totals);
}

/** After the coordinator refused it: the next start asks the wallet again. */
export async function forgetSession({ store }: Environment): Promise<void> {
  await store.remove(storeKey);
}
