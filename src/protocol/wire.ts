// What contributor and coordinator say to each other. Types only; it imports nothing.
// Every body is deterministic CBOR (application/cbor), an error body is a WireErrorBody.
// Digests are 32-byte strings, ids are text, times are durations in milliseconds by the
// coordinator's clock. Each side validates what it receives: zod there, valibot here.

export const WIRE_VERSION = 1;
export const ARITHMETIC = 'idlewild-exact/1';
export const CONSENT_VERSION = 1;

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
  /** 65 bytes, r, s, v, by the wallet over the typed data. */
  walletSignature: Uint8Array;
  /** 64 bytes, r, s with low s, by the session key over SESSION_PROOF and the nonce. */
  sessionSignature: Uint8Array;
  capabilities: Capabilities;
}

export interface SessionAnswer {
  session: string;
  account: string;
  expiresInMs: number;
  totals: Totals;
}

/** A payload is the CBOR of a WorkRequest or of a ResultPayload. */
export interface Envelope {
  payload: Uint8Array;
  /** 64 bytes, r, s with low s, P-256 over sha256 of the payload. */
  signature: Uint8Array;
}

/** POST /v1/work carries an Envelope of this; `counter` rises with every envelope of a session. */
export interface WorkRequest {
  kind: 'work';
  wire: number;
  session: string;
  counter: number;
  results: SubmittedResult[];
  returns: ReturnedLease[];
  /** Leases still being worked on: an open lease missing here is sent again. */
  holding: string[];
  /** Leases whose result was sent and whose verdict is not known yet. */
  awaiting: string[];
  want: {
    /** Further leases wanted; 0 while finishing. */
    units: number;
    /** Digests of the models whose shards are held. */
    models: Uint8Array[];
    /** Multiply-adds per second, measured. */
    speed: number;
  };
}

export interface SubmittedResult {
  envelope: Envelope;
  /** The rows' output bytes, or null where the lease asked for the digest alone. */
  output: Uint8Array | null;
}

/** The signed statement that a receipt keeps. */
export interface ResultPayload {
  kind: 'result';
  wire: number;
  arithmetic: string;
  session: string;
  counter: number;
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
  project: string;
}

/** Units and credit of the account, by state. */
export interface Totals {
  accepted: number;
  pending: number;
  rejected: number;
  credit: number;
}

export interface WireErrorBody {
  error: { code: string; message: string; retryable: boolean; metaMessages: string[] };
}
