// Reads a manifest's JSON field by field: untrusted input, and every refusal names the field.
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';

export function refuse(field: string, why: string, cause?: unknown): IdlewildError {
  const what = field.split(/[.[]/, 1)[0] || 'malformed';
  return new IdlewildError(`manifest/${what}`, `Manifest, ${field}: ${why}.`, { cause });
}

export type Fields = Record<string, unknown>;

export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

/** @throws manifest/... unless it is JSON in UTF-8, and no longer than a manifest may be */
export function parseManifestJson(bytes: Uint8Array): unknown {
  if (bytes.length > limits.manifestBytesMax) {
    throw refuse('size', `${bytes.length} bytes exceed manifestBytesMax`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refuse('malformed', 'not JSON in UTF-8', cause);
  }
}

/** @throws manifest/... unless it is an object of just these fields */
export function readFields(value: unknown, field: string, names: readonly string[]): Fields {
  const fields = readObject(value, field);
  const known = new Set(names);
  const unknown = Object.keys(fields).find((name) => !known.has(name));
  if (unknown !== undefined) throw refuse(field, `unknown field ${quote(unknown)}`);
  const missing = names.find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) throw refuse(field, `${missing} is missing`);
  return fields;
}

export function readObject(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(field, 'expected an object');
  }
  return value as Fields;
}

export function readInteger(value: unknown, field: string, least: number, most: number): number {
  const isInside = typeof value === 'number' && value >= least && value <= most;
  if (!isInside || !Number.isInteger(value)) {
    throw refuse(field, `expected an integer from ${least} to ${most}`);
  }
  return value;
}

export function readText(value: unknown, field: string): string {
  const bytes = limits.textBytesMax;
  if (typeof value !== 'string' || value.length === 0 || value.length > bytes) {
    throw refuse(field, `expected 1 to ${bytes} characters (textBytesMax)`);
  }
  return value;
}

export function readConstant<T extends string>(value: unknown, field: string, constant: T): T {
  if (value !== constant) throw refuse(field, `expected ${quote(constant)}`);
  return constant;
}

/** A content-addressed blob. */
export function readBlob(value: unknown, field: string, bytesMax: number) {
  const fields = readFields(value, field, ['sha256', 'bytes']);
  const digest = fields.sha256;
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) {
    throw refuse(`${field}.sha256`, 'expected 64 lower-case hex digits');
  }
  return { sha256: digest, bytes: readInteger(fields.bytes, `${field}.bytes`, 1, bytesMax) };
}
