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

function readObject(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(field, 'expected an object');
  }
  return value as Fields;
}

/** An object of names that the manifest's author chose, each value read in turn. */
export function readNamed<T>(
  value: unknown,
  field: string,
  options: { least: number; most: number; read: (value: unknown, field: string) => T },
): Record<string, T> {
  const { least, most, read } = options;
  const entries = Object.entries(readObject(value, field));
  if (entries.length < least || entries.length > most) {
    throw refuse(field, `expected ${least} to ${most} names`);
  }
  return Object.fromEntries(
    entries.map(([name, item]) => [readName(name, field), read(item, `${field}[${quote(name)}]`)]),
  );
}

/** The name of a graph, a port or a file. */
export function readName(value: unknown, field: string): string {
  const most = limits.tensorNameBytesMax;
  const isName =
    typeof value === 'string' && value.length > 0 && value.length <= most && value !== '__proto__';
  if (!isName) throw refuse(field, `expected a name of 1 to ${most} characters`);
  return value;
}

export function readInteger(value: unknown, field: string, least: number, most: number): number {
  const isInside = typeof value === 'number' && value >= least && value <= most;
  if (!isInside || !Number.isInteger(value)) {
    throw refuse(field, `expected an integer from ${least} to ${most}`);
  }
  return value;
}

export function readNumber(value: unknown, field: string, least: number, most: number): number {
  const isInside = typeof value === 'number' && value >= least && value <= most;
  if (!isInside) throw refuse(field, `expected a number from ${least} to ${most}`);
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

export function readChoice<T extends string>(
  value: unknown,
  field: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw refuse(field, `expected ${choices.map(quote).join(' or ')}`);
  return found;
}

export function readFlag(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw refuse(field, 'expected true or false');
  return value;
}

/** Each item read in turn. */
export function readList<T>(
  value: unknown,
  field: string,
  options: { least: number; most: number; read: (value: unknown, field: string) => T },
): T[] {
  const { least, most, read } = options;
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    throw refuse(field, `expected ${least} to ${most} of them`);
  }
  return value.map((item, index) => read(item, `${field}[${index}]`));
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
