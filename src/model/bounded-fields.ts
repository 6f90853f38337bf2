// What only the manifests of bounded models have, read field by field like the rest (manifest-fields.ts).
import { limits } from '#protocol/limits.ts';
import { quote, readObject, refuse } from './manifest-fields.ts';

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

export function readNumber(value: unknown, field: string, least: number, most: number): number {
  const isInside = typeof value === 'number' && value >= least && value <= most;
  if (!isInside) throw refuse(field, `expected a number from ${least} to ${most}`);
  return value;
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
