// What a contributor asks about its own account. Types only. Each body but a revocation's is an Envelope
// whose payload is the CBOR of one of these requests, signed by a session's key, with a counter that
// rises over all calls of the session, /v1/work among them.
import type { Binding } from './binding.ts';
import type { Revocation } from './revocation.ts';

interface Sealed {
  wire: number;
  session: string;
  counter: number;
}

/** POST /v1/account. */
export interface AccountRequest extends Sealed {
  kind: 'account';
  /** Days of history: 0 to accountDaysMax, today the last of them. */
  days: number;
}

export interface AccountAnswer {
  wire: number;
  account: string;
  /** The wallet that this account counts for; null while it counts for itself. */
  boundTo: string | null;
  /** Of the account and of all that are bound to it. */
  credit: AccountCredit;
  /** Days with a verdict, oldest first, by the coordinator's clock in UTC. */
  history: AccountDay[];
  /** Of the session that asks. */
  consent: { version: number; expiresInMs: number };
  /** Sessions that have not ended. */
  sessions: number;
  /** Where its credit becomes money; null where this coordinator pays nothing out. */
  settlement?: AccountSettlement | null | undefined;
}

/** Of the account, or of the wallet that it is bound to. Amounts are the token's base units, decimal. */
export interface AccountSettlement {
  chainId: number;
  contract: string;
  token: { address: string; symbol: string; decimals: number };
  creditsPerTokenUnit: number;
  /** In the last final epoch: what it may have claimed by then, in all; null where it is in none. */
  leaf: { epoch: number; cumulative: string } | null;
  /** As the contract says. */
  claimed: string;
  /** The contract's payments to it, newest first. */
  transactions: { hash: string; amount: string; block: number }[];
}

interface AccountCredit {
  earned: number;
  held: number;
  pending: number;
  /** Earned and not paid; 0 for a bound account, whose wallet claims it. */
  claimable: number;
  paid: number;
}

interface AccountDay {
  /** YYYY-MM-DD. */
  day: string;
  /** Results by their receipts; one refused outright has none. */
  accepted: number;
  rejected: number;
  credit: number;
}

/** POST /v1/account/withdraw: no session of the account gets a lease any more. */
export interface WithdrawRequest extends Sealed {
  kind: 'withdraw';
}

/** POST /v1/account/delete: the same, and what names the person goes. */
export interface DeleteRequest extends Sealed {
  kind: 'delete';
}

/** Answer to both. */
export interface ConsentEnded {
  wire: number;
  account: string;
  /** Sessions whose consent has ended. */
  sessions: number;
}

/** POST /v1/account/bind, by a session of the device account. */
export interface BindRequest extends Sealed {
  kind: 'bind';
  binding: Binding;
  /** Over bindingTypedData: 65 bytes, r, s, v; low s, v 27 or 28. */
  deviceSignature: Uint8Array;
  /** The same, or what the wallet's contract takes for one. */
  walletSignature: Uint8Array;
}

export interface BindAnswer {
  wire: number;
  account: string;
  boundTo: string;
}

/** POST /v1/account/revoke: as it is, in no envelope, since the wallet's own word is what counts. */
export interface RevokeRequest {
  wire: number;
  revocation: Revocation;
  walletSignature: Uint8Array;
}

export interface RevokeAnswer {
  wire: number;
  account: string;
  /** Sessions that it ended. */
  sessions: number;
}
