// What contributor and coordinator say to each other. Types only; it imports nothing.
// Every body is deterministic CBOR (application/cbor), an error body is a WireErrorBody.
// Digests are 32-byte strings, ids are text, times are durations in milliseconds by the
// coordinator's clock. Each side validates what it receives: zod there, its own shapes here.

export const WIRE_VERSION = 2;
export const ARITHMETIC = 'idlewild-exact/1';
/** In place of the arithmetic where a result is one of floats, equal to others only nearly. */
export const BOUNDED = 'idlewild-bounded/1';
/** Of the text that a person reads before the first click; a new text asks again. */
export const CONSENT_VERSION = 3;

export type Backend = 'webgpu' | 'wasm' | 'typescript';

/** POST /v1/challenges, body {wire}. What a grant must name, and how long it may last. */
export interface Challenge {
  wire: number;
  nonce: Uint8Array;
  chainId: number;
  /** The coordinator's own origin, such as https://idlewild.example. */
  coordinator: string;
  /** Unix seconds by the coordinator's clock, to be copied into the grant. */
  expiresAt: number;
  challengeMs: number;
}

/** What the wallet signs (EIP-712; the typed data is in grant.ts). */
export interface Grant {
  /** Checksummed or lower-case 0x address of the wallet. */
  account: string;
  /** Uncompressed P-256 point, 65 bytes. */
  sessionKey: Uint8Array;
  coordinator: string;
  chainId: number;
  nonce: Uint8Array;
  expiresAt: number;
  consentVersion: number;
}

export interface Capabilities {
  backend: Backend;
  /** The adapter or engine in words, for the record only. */
  adapter: string;
  /** Digest of the known-answer self-test that the backend passed. */
  selfTest: Uint8Array;
  /** Measured by the self-test: multiply-adds per second. */
  speed: number;
}

/** POST /v1/sessions. */
export interface SessionRequest {
  wire: number;
  arithmetic: string;
  grant: Grant;
  /** By the wallet over the typed data: 65 bytes, r, s, v; of a contract, what it takes for one. */
  walletSignature: Uint8Array;
  /** 64 bytes, r, s with low s, by the session key over SESSION_PROOF and the nonce. */
  sessionSignature: Uint8Array;
  capabilities: Capabilities;
  consent: Consent;
  /**
   * The account's key lives in this browser alone: its credit is settled for the wallet that it will be
   * bound to. Missing where the account is a wallet's own.
   */
  device?: true | undefined;
}

/** What a person agreed to before this session. */
interface Consent {
  /** CONSENT_VERSION of the text; the grant says the same. */
  version: number;
  /** How long ago the click was, by the contributor's clock: 0 for one just now. */
  ageMs: number;
}

export interface SessionAnswer {
  session: string;
  account: string;
  expiresInMs: number;
  /** From then on the session gets no lease: consent/expired. */
  consentExpiresInMs: number;
  totals: Totals;
}

/** A payload is the CBOR of a CallHead, or of a request about an account (account-wire.ts). */
export interface Envelope {
  payload: Uint8Array;
  /** 64 bytes, r, s with low s, P-256 over sha256 of the payload. */
  signature: Uint8Array;
}

/** POST /v1/work: the envelope of a CallHead, and the body that it names. */
export interface WorkCall extends Envelope {
  /** The CBOR of a WorkRequest. */
  body: Uint8Array;
}

/** What the session key signs of a call; `counter` rises with every call of a session. */
export interface CallHead {
  kind: 'call';
  wire: number;
  session: string;
  counter: number;
  /** sha256 of the body. */
  body: Uint8Array;
  /** Over the results' payloads in order, hashed as RFC 6962 says. */
  results: { count: number; root: Uint8Array };
}

/** The body of a call. */
export interface WorkRequest {
  kind: 'work';
  results: SubmittedResult[];
  returns: ReturnedLease[];
  /** Leases still being worked on: an open lease missing here is sent again. */
  holding: string[];
  /** Leases whose result was sent and whose verdict is not known yet. */
  awaiting: string[];
  want: {
    /** Further leases wanted; 0 while finishing. */
    units: number;
    /**
     * The adapter class with which bounded units are computed here, such as `wasm` or
     * `webgpu:nvidia:hopper:float32`; null or missing where none are.
     */
    bounded?: string | null;
    /** Digests of the models whose shards are held. */
    models: Uint8Array[];
    /** Id of the project whose units alone are wanted; null leaves the choice to the coordinator. */
    project: string | null;
    /** Multiply-adds per second, measured. */
    speed: number;
  };
}

export interface SubmittedResult {
  /** The CBOR of a ResultPayload. */
  payload: Uint8Array;
  /** The rows' output bytes, or null where the lease asked for the digest alone. */
  output: Uint8Array | null;
}

/** A result with what shows that its contributor signed it. */
export interface PlacedResult {
  payload: Uint8Array;
  /** Its place among the call's results, and the path from there to their root. */
  index: number;
  path: Uint8Array[];
  call: Envelope;
}

/** The statement that a receipt keeps. */
export interface ResultPayload {
  kind: 'result';
  wire: number;
  arithmetic: string;
  lease: string;
  unit: Uint8Array;
  model: Uint8Array;
  /** Merkle root over the rows' digests. */
  digest: Uint8Array;
  rows: number;
  backend: Backend;
  elapsedMs: number;
}

export interface ReturnedLease {
  lease: string;
  /** stopped: the contributor ends; others say why the unit cannot be computed here. */
  reason: 'stopped' | 'out-of-memory' | 'broken-input' | 'storage-full' | 'failed';
  detail: string;
}

export interface WorkAnswer {
  wire: number;
  /** One for each result of the request, then one for each lease awaited. */
  verdicts: VerdictNews[];
  leases: Lease[];
  retryAfterMs: number;
  /** Why no lease is in the answer; null when there is one. */
  reason: { code: string; message: string } | null;
  totals: Totals;
  /** The batch of the first lease, or of the last result; null when there is none. */
  batch: {
    project: string;
    unitsDone: number;
    unitsTotal: number;
    remainingMs: number | null;
  } | null;
}

type VerdictState = 'pending' | 'accepted' | 'rejected';

export interface VerdictNews {
  lease: string;
  state: VerdictState;
  /** Such as verdict/confirmed, verdict/awaiting-partner, verdict/digest-mismatch, lease/unknown. */
  code: string;
  message: string;
  credit: number;
  receipt: string | null;
}

export interface Lease {
  lease: string;
  /** sha256 of `input`. */
  unit: Uint8Array;
  model: Uint8Array;
  rows: number;
  /** Multiply-adds, by model/cost.ts. */
  cost: number;
  /** How long the lease lasts from now. */
  leaseMs: number;
  /** The encoded UnitInput. */
  input: Uint8Array;
  deliver: 'output' | 'digest';
  /** Its name, and its id. */
  project: string;
  projectId: string;
}

/** Units and credit of the account and of all that are bound to it, by state. */
export interface Totals {
  accepted: number;
  /** Held ones are among them. */
  pending: number;
  rejected: number;
  /** Earned: of accepted units. */
  credit: number;
  /** What results would earn that wait for another's, or for the coordinator's word. */
  creditPending: number;
  /** What results would earn that agree, and are held until their contributor's next ones do. */
  creditHeld: number;
}

export interface WireErrorBody {
  error: { code: string; message: string; retryable: boolean; metaMessages: string[] };
}
