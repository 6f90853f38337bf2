// One session with the coordinator: a grant by the wallet, a session key that signs every call
// with a rising counter. Kept in the store, so that a reload goes on where the tab left off.
import type {
  AccountRequest,
  BindRequest,
  DeleteRequest,
  WithdrawRequest,
} from '#protocol/account-wire.ts';
import { encodeCallHead } from '#protocol/call.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { sessionProofBytes } from '#protocol/grant.ts';
import {
  ARITHMETIC,
  type Capabilities,
  CONSENT_VERSION,
  type Envelope,
  type Grant,
  type Totals,
  WIRE_VERSION,
  type WorkCall,
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
import { checkOrigin } from './same-origin.ts';
import type { Signer } from './status.ts';

const storeKey = 'session';
/** Calls that may be heard between the sealing of a farewell and its sending: a few in half a second. */
const farewellAhead = 64;
/** A session that ends sooner is not worth resuming. */
const usefulMs = 60_000;

interface StoredSession {
  id: string;
  account: string;
  coordinator: string;
  /** By this machine's clock; only a hint, the coordinator decides. */
  endsAtWallMs: number;
  /** What the visitor agreed to, and until when it holds by this machine's clock. */
  consentVersion: number;
  consentEndsAtWallMs: number;
  key: SessionKey;
}

/** What is asked about an account, before the session puts its name to it. */
export type Statement = {
  [Request in AccountCall as Request['kind']]: Unsealed<Request>;
}[AccountCall['kind']];
type AccountCall = AccountRequest | BindRequest | DeleteRequest | WithdrawRequest;
type Unsealed<Request> = Omit<Request, 'wire' | 'session' | 'counter'>;

export interface Session {
  readonly id: string;
  readonly account: string;
  /** Null in a resumed session, until the first answer. */
  readonly totals: Totals | null;
  /** At its opening or resuming. */
  readonly consentExpiresInMs: number;
  /** A call with the next counter, signed with all that it brings. */
  sealCall(request: WorkRequest): Promise<WorkCall>;
  /** The same for later, so far ahead that calls which go out meanwhile do not make it stale. */
  sealFarewell(request: WorkRequest): Promise<WorkCall>;
  /** The farewell sealed last goes out now: the next counter is over its. */
  passFarewell(): void;
  /** Any other statement, with the next counter: what /v1/account and the calls below it take. */
  seal(statement: Statement): Promise<Envelope>;
  /** The coordinator has heard this counter: the next one is higher, whatever the store says. */
  raise(counter: number): void;
}

export interface SignedGrant {
  grant: Grant;
  walletSignature: Uint8Array;
  key: SessionKey;
}

function makeSession(
  { store, clock }: Environment,
  stored: StoredSession,
  totals: Totals | null,
): Session {
  // The store may be emptied under a running tab; the session goes on from here.
  let above = 0;
  let farewell = 0;
  const count = async () => {
    const counter = await store.increment(`counter/${stored.id}`, above);
    above = Math.max(above, counter);
    return counter;
  };
  const sealWith = async (request: WorkRequest, counter: number): Promise<WorkCall> => {
    const body = encodeCbor({ ...request });
    const results = request.results.map((result) => result.payload);
    const payload = encodeCallHead({ session: stored.id, counter }, { body, results });
    return { payload, signature: await signWithSessionKey(stored.key, payload), body };
  };
  return {
    id: stored.id,
    account: stored.account,
    totals,
    consentExpiresInMs: Math.max(0, stored.consentEndsAtWallMs - clock.wallMs()),
    raise(counter) {
      above = Math.max(above, counter);
    },
    sealCall: async (request) => sealWith(request, await count()),
    async sealFarewell(request) {
      farewell = (await count()) + farewellAhead;
      return sealWith(request, farewell);
    },
    passFarewell() {
      above = Math.max(above, farewell);
    },
    async seal(statement) {
      const sealed = { ...statement, wire: WIRE_VERSION, session: stored.id };
      const payload = encodeCbor({ ...sealed, counter: await count() });
      return { payload, signature: await signWithSessionKey(stored.key, payload) };
    },
  };
}

/** The session of an earlier visit, if it is this account's and still runs. */
export async function resumeSession(
  environment: Environment,
  account: string,
): Promise<Session | null> {
  const { store, origin, clock } = environment;
  const stored = (await store.get(storeKey)) as StoredSession | undefined;
  if (!stored || stored.account !== account || stored.coordinator !== origin) return null;
  // To another text the visitor has not agreed: that needs a new grant.
  if (stored.consentVersion !== CONSENT_VERSION) return null;
  const endsAt = Math.min(stored.endsAtWallMs, stored.consentEndsAtWallMs);
  if (endsAt < clock.wallMs() + usefulMs) return null;
  return makeSession(environment, stored, null);
}

/** The session that this browser keeps, whoever's it is; null where none can live any more. */
export async function keptSession(environment: Environment): Promise<Session | null> {
  const { store, origin, clock } = environment;
  const stored = (await store.get(storeKey)) as StoredSession | undefined;
  if (!stored || stored.coordinator !== origin) return null;
  return stored.endsAtWallMs > clock.wallMs() ? makeSession(environment, stored, null) : null;
}

/** Asks for a challenge and has the wallet sign a grant to a new session key. */
export async function signGrant(
  { origin }: Environment,
  coordinator: Coordinator,
  { signer, account, signal }: { signer: Signer; account: string; signal: AbortSignal },
): Promise<SignedGrant> {
  const challenge = await coordinator.challenge(signal);
  checkOrigin(challenge, origin);
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

export async function openSession(
  environment: Environment,
  coordinator: Coordinator,
  {
    signed,
    capabilities,
    consentAgeMs,
    device,
    signal,
  }: {
    signed: SignedGrant;
    capabilities: Capabilities;
    consentAgeMs: number;
    /** The account's key was made in this browser. */
    device: boolean;
    signal: AbortSignal;
  },
): Promise<Session> {
  const { store, origin, clock } = environment;
  const { grant, walletSignature, key } = signed;
  const answer = await coordinator.openSession(
    {
      wire: WIRE_VERSION,
      arithmetic: ARITHMETIC,
      grant,
      walletSignature,
      sessionSignature: await signWithSessionKey(key, sessionProofBytes(grant)),
      capabilities,
      consent: { version: CONSENT_VERSION, ageMs: consentAgeMs },
      ...(device && { device }),
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
    consentVersion: CONSENT_VERSION,
    consentEndsAtWallMs: clock.wallMs() + answer.consentExpiresInMs,
    key,
  };
  await store.set(storeKey, stored);
  return makeSession(environment, stored, answer.totals);
}

/** After the coordinator refused it: the next start asks the wallet again. */
export async function forgetSession({ store }: Environment): Promise<void> {
  await store.remove(storeKey);
}
