// What a contributor may send, field by field. Everything is checked here before it is believed.
import { z } from 'zod';
import type { Bytes } from '#protocol/bytes.ts';
import { decodeCbor, viewCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { WIRE_VERSION } from '#protocol/wire.ts';
import { isPlainText } from './plain-text.ts';

export const bytes = (length: number) =>
  z.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length, {
    error: `expected ${length} bytes`,
  });
const bytesMax = (length: number) =>
  z.custom<Bytes>((value) => value instanceof Uint8Array && value.length <= length, {
    error: `expected at most ${length} bytes`,
  });
/** Of any kind of wallet. */
export const walletSignature = z.custom<Bytes>(
  (value) => value instanceof Uint8Array && value.length <= limits.walletSignatureBytesMax,
  { error: `expected at most ${limits.walletSignatureBytesMax} bytes (walletSignatureBytesMax)` },
);
export const text = z.string().max(limits.textBytesMax).refine(isPlainText, 'holds a NUL');
export const id = text.min(1);
export const count = z.int().min(0);
export const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'expected a 0x address');
/** Multiply-adds per second; what a contributor claims is clamped, not believed. */
const speed = z.number().positive().max(1e18);
const backend = z.enum(['webgpu', 'wasm', 'typescript']);
const adapterClass = z.string().regex(/^[a-z0-9:._-]{1,80}$/, 'expected an adapter class');
const list = <Item extends z.ZodType>(item: Item, limit: keyof typeof limits) =>
  z.array(item).max(limits[limit], { error: `more than ${limits[limit]} (${limit})` });

const workBytesMax = limits.workBodyBytesMax;
const accountBytesMax = limits.accountBodyBytesMax;
const headBytesMax = 1 << 10;
const resultBytesMax = 2 << 10;

export const challengeRequest = z.strictObject({ wire: z.int() });

export const sessionRequest = z.strictObject({
  wire: z.int(),
  arithmetic: text,
  grant: z.strictObject({
    account: address,
    sessionKey: bytes(65),
    coordinator: text,
    chainId: count,
    nonce: bytes(32),
    expiresAt: count,
    consentVersion: count,
  }),
  walletSignature,
  sessionSignature: bytes(64),
  capabilities: z.strictObject({
    backend,
    adapter: text,
    selfTest: bytes(32),
    speed,
  }),
  consent: z.strictObject({ version: count, ageMs: count }),
  device: z.literal(true).optional(),
});

/** Of calls about an account. */
export const envelope = z.strictObject({
  payload: bytesMax(accountBytesMax),
  signature: bytes(64),
});

export const workCall = z.strictObject({
  payload: bytesMax(headBytesMax),
  signature: bytes(64),
  body: bytesMax(workBytesMax),
});

export const callHead = z.strictObject({
  kind: z.literal('call'),
  wire: z.int(),
  session: id,
  counter: z.int().min(1),
  body: bytes(32),
  results: z.strictObject({ count, root: bytes(32) }),
});

export const workRequest = z.strictObject({
  kind: z.literal('work'),
  results: list(
    z.strictObject({
      payload: bytesMax(resultBytesMax),
      output: bytesMax(workBytesMax).nullable(),
    }),
    'workResultsMax',
  ),
  returns: list(
    z.strictObject({
      lease: id,
      reason: z.enum(['stopped', 'out-of-memory', 'broken-input', 'storage-full', 'failed']),
      detail: text,
    }),
    'workReturnsMax',
  ),
  holding: list(id, 'workHoldingMax'),
  awaiting: list(id, 'workAwaitingMax'),
  want: z.strictObject({
    units: count.max(limits.workLeasesMax),
    bounded: adapterClass.nullable().default(null),
    models: list(bytes(32), 'workModelsMax'),
    project: id.nullable(),
    speed: z.number().min(0).max(1e18),
  }),
});

export const resultPayload = z.strictObject({
  kind: z.literal('result'),
  wire: z.int(),
  arithmetic: text,
  lease: id,
  unit: bytes(32),
  model: bytes(32),
  digest: bytes(32),
  rows: z.int().min(1).max(limits.unitRowsMax),
  backend,
  elapsedMs: z.number().min(0),
});

/** @throws cbor/malformed, wire/malformed naming the field */
export function readCbor<Schema extends z.ZodType>(schema: Schema, body: Uint8Array) {
  return readValue(schema, decodeCbor(body));
}

/** The same, its byte strings views of `body`. */
export function viewBody<Schema extends z.ZodType>(schema: Schema, body: Uint8Array) {
  return readValue(schema, viewCbor(body));
}

function readValue<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue.path.join('.') || 'body';
  throw new IdlewildError('wire/malformed', `${where}: ${issue.message}`);
}

/** @throws wire/version when the page is of another release; a reload brings the right one */
export function checkWire(wire: number): void {
  if (wire === WIRE_VERSION) return;
  throw new IdlewildError(
    'wire/version',
    `This coordinator speaks version ${WIRE_VERSION} of the wire, not ${wire}.`,
    { metaMessages: ['Reload the page.'] },
  );
}
