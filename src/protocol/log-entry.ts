// What a leaf of the log is: deterministic CBOR of one of three statements. A receipt of an open
// batch is its own leaf, byte for byte, so that its holder can compute the leaf hash. A receipt of
// a private batch stays with those whom it concerns; its leaf holds what the sums need and a
// salted commitment, since the digest of a short input would give the input away.
import { sha256 } from '#sha256';
import { type Bytes, equalBytes, utf8 } from './bytes.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { assert, IdlewildError } from './errors.ts';
import { logLimits } from './log-limits.ts';

/** Kinds of receipt: credit earned, credit taken back, credit paid out. */
const receiptKinds = ['credited', 'voided', 'paid'] as const;

type ReceiptKind = (typeof receiptKinds)[number];

/** What every leaf of a receipt shows: enough to add up who was credited how much. */
export interface LoggedPosting {
  of: ReceiptKind;
  batch: string | null;
  /** The contributor's. */
  account: string;
  /** Ledger account that pays. */
  payer: string;
  /** Moved from payer to account. */
  credit: number;
}

/** The public part of a private batch's receipt. */
export interface SealedReceipt extends LoggedPosting {
  kind: 'sealed';
  /** commitmentOf the receipt's payload, 32 bytes. */
  commitment: Uint8Array;
}

/** A change of the log's key, as the bytes of its signed note (log-rotation.ts). */
interface RotationEntry {
  kind: 'rotation';
  note: Uint8Array;
}

export type LogEntry = (LoggedPosting & { kind: 'receipt' }) | SealedReceipt | RotationEntry;

const COMMITMENT = 'idlewild-receipt-commitment/v1\n';
export const SALT_BYTES = 32;
const TEXT_MAX = 255;

/**
 * SHA-256(label || salt || payload).
 * @param salt 32 random bytes, used for this receipt alone and kept with it
 */
export function commitmentOf(payload: Uint8Array, salt: Uint8Array): Bytes {
  assert(salt.length === SALT_BYTES, 'a salt has 32 bytes');
  return sha256(utf8(COMMITMENT), salt, payload);
}

/** @throws log/entry-too-long */
function checkLength(entry: Bytes): Bytes {
  if (entry.length > logLimits.logEntryBytesMax) {
    const limit = `logEntryBytesMax (${logLimits.logEntryBytesMax})`;
    throw new IdlewildError('log/entry-too-long', `${entry.length} bytes are above ${limit}.`);
  }
  return entry;
}

/** The leaf of an open batch's receipt is the payload itself. */
export function openEntry(payload: Uint8Array): Bytes {
  return checkLength(new Uint8Array(payload));
}

/**
 * The leaf of a private batch's receipt.
 * @throws log/entry-malformed, cbor/malformed unless the payload is a receipt's
 */
export function sealedEntry(payload: Uint8Array, salt: Uint8Array): Bytes {
  const receipt = decodeLogEntry(payload);
  if (receipt.kind !== 'receipt') throw malformed('kind');
  return sealPosting(receipt, payload, salt);
}

/** The same, for whoever has the receipt's fields at hand. */
export function sealPosting(posting: LoggedPosting, payload: Uint8Array, salt: Uint8Array): Bytes {
  const { of, batch, account, payer, credit } = posting;
  const commitment = commitmentOf(payload, salt);
  const sealed: SealedReceipt = { kind: 'sealed', of, batch, account, payer, credit, commitment };
  return checkLength(encodeCbor(sealed));
}

/** True if the sealed leaf is this receipt's: for whoever holds the receipt and its salt. */
export function unseals(sealed: SealedReceipt, payload: Uint8Array, salt: Uint8Array): boolean {
  if (salt.length !== SALT_BYTES) return false;
  if (!equalBytes(sealed.commitment, commitmentOf(payload, salt))) return false;
  const { kind, commitment, ...shown } = sealed;
  const inside = decodeLogEntry(payload);
  return equalBytes(encodeCbor({ ...shown, kind: 'receipt' }), encodeCbor(inside));
}

export function rotationEntry(note: Uint8Array): Bytes {
  return checkLength(encodeCbor({ kind: 'rotation', note }));
}

function isReceiptKind(kind: unknown): kind is ReceiptKind {
  return receiptKinds.some((known) => known === kind);
}

function readPosting(map: Record<string, unknown>, of: unknown): LoggedPosting {
  const { batch, account, payer, credit } = map;
  if (!isReceiptKind(of)) throw malformed('of');
  if (batch !== null && !isText(batch)) throw malformed('batch');
  if (!isText(account)) throw malformed('account');
  if (!isText(payer)) throw malformed('payer');
  if (!Number.isSafeInteger(credit)) throw malformed('credit');
  return { of, batch, account, payer, credit: credit as number };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_MAX;
}

function malformed(field: string): IdlewildError {
  return new IdlewildError('log/entry-malformed', `The entry's field \`${field}\` is not sound.`);
}

/**
 * Checks the form alone; verifyReceipt checks an open receipt whole.
 * @throws log/entry-malformed, log/entry-too-long, cbor/malformed
 */
export function decodeLogEntry(entry: Uint8Array): LogEntry {
  const value = decodeCbor(checkLength(new Uint8Array(entry)));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('kind');
  const map = value as Record<string, unknown>;
  if (isReceiptKind(map.kind)) return { kind: 'receipt', ...readPosting(map, map.kind) };
  const fields = Object.keys(map).length;
  if (map.kind === 'rotation' && fields === 2) {
    if (!(map.note instanceof Uint8Array)) throw malformed('note');
    return { kind: 'rotation', note: map.note };
  }
  if (map.kind !== 'sealed' || fields !== 7) throw malformed('kind');
  const { commitment } = map;
  if (!(commitment instanceof Uint8Array) || commitment.length !== 32)
    throw malformed('commitment');
  return { kind: 'sealed', ...readPosting(map, map.of), commitment };
}
