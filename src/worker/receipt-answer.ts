// What the coordinator shows of a receipt, checked field by field before anything is concluded.
import { decodeCbor } from '#protocol/cbor.ts';
import { logLimits } from '#protocol/log-limits.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import type { ResultPayload } from '#protocol/wire.ts';
import { read } from './answers.ts';
import {
  bytes as bytesOf,
  count,
  digest,
  duration,
  either,
  list,
  matching,
  nullable,
  oneOf,
  optional,
  record,
  type Shaped,
  text as textOf,
  whole,
} from './shapes.ts';

const text = textOf(2_048);
const bytes = bytesOf();
const address = matching(/^0x[0-9a-fA-F]{40}$/);
const path = list(digest, logLimits.proofHashesMax);
const envelope = record({ payload: bytes, signature: bytes });

const shown = record({
  id: text,
  payload: bytes,
  signature: bytes,
  /** Of a private receipt, whose leaf is a commitment. */
  salt: nullable(digest),
  log: either(
    either(record({ state: oneOf('waiting') }), record({ state: oneOf('unlogged') })),
    record({ state: oneOf('logged'), index: count, proof: path, checkpoint: bytes }),
  ),
});

export type ShownReceipt = Shaped<typeof shown>;

const receiptPayload = record({
  kind: oneOf('credited', 'voided'),
  wire: count,
  arithmetic: text,
  batch: nullable(text),
  unit: digest,
  model: digest,
  digest,
  account: address,
  cost: whole(1),
  credit: count,
  payer: text,
  code: text,
  confirmedBy: list(text),
  grant: record({
    account: address,
    sessionKey: bytes,
    coordinator: text,
    chainId: count,
    nonce: digest,
    expiresAt: count,
    consentVersion: count,
  }),
  walletSignature: bytes,
  walletCheck: optional(record({ kind: oneOf('erc1271', 'erc6492'), block: count })),
  result: either(record({ payload: bytes, index: count, path, call: envelope }), envelope),
});

const resultPayload = record({
  kind: oneOf('result'),
  wire: count,
  arithmetic: text,
  lease: text,
  unit: digest,
  model: digest,
  digest,
  rows: count,
  backend: oneOf('webgpu', 'wasm', 'typescript'),
  elapsedMs: duration,
});

/** @throws coordinator/malformed */
export function readShownReceipt(value: unknown): ShownReceipt {
  return read(shown, value, 'receipt');
}

/** The statement, and the result of the contributor in it. @throws coordinator/malformed, cbor/... */
export function readStatement(payload: Uint8Array): {
  statement: ReceiptPayload;
  result: ResultPayload;
} {
  const statement = read(receiptPayload, decodeCbor(payload), 'receipt');
  const result = read(resultPayload, decodeCbor(statement.result.payload), 'receipt');
  return { statement, result };
}
