// A receipt: the coordinator's signed statement of one verdict, holding the contributor's own
// signed result, so that a stranger can follow wallet, session key, result and credit in a chain.
import { sha256 } from '#sha256';
import { type Bytes, toHex } from './bytes.ts';
import { encodeCbor } from './cbor.ts';
import type { Envelope, Grant, PlacedResult } from './wire.ts';

/** What a chain said of a signature that only it can tell: the contract's kind, and when it was asked. */
export interface WalletCheck {
  kind: 'erc1271' | 'erc6492';
  block: number;
}

export interface ReceiptPayload {
  kind: 'credited' | 'voided';
  wire: number;
  arithmetic: string;
  /** Null for a unit whose rows come from several batches of one project. */
  batch: string | null;
  unit: Uint8Array;
  model: Uint8Array;
  digest: Uint8Array;
  account: string;
  /** Multiply-adds of the unit. */
  cost: number;
  /**
   * Credits for 10^9 multiply-adds, locked by the unit's first lease; absent before there were rates
   * (price.ts).
   */
  rate?: number | undefined;
  /** Credit moved from payer to account; 0 where it is voided. */
  credit: number;
  /** Ledger account that pays, such as project:ID:spent. */
  payer: string;
  /** How it was decided, such as verdict/confirmed. */
  code: string;
  /** Accounts, or `coordinator`, whose results agreed with this one. */
  confirmedBy: string[];
  grant: Grant;
  walletSignature: Uint8Array;
  /** Only where the account is a contract: by it the signature holds at that block of its chain. */
  walletCheck?: WalletCheck | undefined;
  /** Of wire 1 the envelope of the result alone. */
  result: PlacedResult | Envelope;
}

export interface Receipt {
  /** Hex of receiptDigest. */
  id: string;
  /** Deterministic CBOR of a ReceiptPayload. */
  payload: Uint8Array;
  /** Ed25519 by the coordinator over the payload, 64 bytes. */
  signature: Uint8Array;
}

export function encodeReceipt(payload: ReceiptPayload): { id: string; bytes: Bytes } {
  const bytes = encodeCbor({ ...payload });
  return { id: toHex(sha256(bytes)), bytes };
}
