// The fields of a published JSON file, read one by one: untrusted input, and every refusal names
// the file and the field.
import { IdlewildError } from '#protocol/errors.ts';

const metaMessages = [
  'Idlewild imports encoders of the BERT family with mean or cls pooling: see docs/model.md.',
];

export function refuseField(file: string, field: string, why: string): IdlewildError {
  return new IdlewildError('model/config', `${file}, ${field}: ${why}.`, { metaMessages });
}

export interface JsonFields {
  get(field: string): unknown;
  /** @throws model/config unless it is a positive integer */
  count(field: string): number;
  /** @throws model/config unless it is one of the choices; absent is one where undefined is */
  expect(field: string, ...choices: unknown[]): unknown;
}

/** @throws model/config unless the value is an object */
export function openFields(file: string, value: unknown): JsonFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuseField(file, 'the file', 'expected a JSON object');
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const get = (field: string) => fields.get(field);
  return {
    get,
    count(field) {
      const found = get(field);
      if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 1) {
        throw refuseField(file, field, 'expected a positive integer');
      }
      return found;
    },
    expect(field, ...choices) {
      const found = get(field);
      if (choices.includes(found)) return found;
      const shown = choices.filter((choice) => choice !== undefined);
      const expected = shown.map((choice) => JSON.stringify(choice)).join(' or ');
      throw refuseField(file, field, `expected ${expected}, found ${show(found)}`);
    },
  };
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}

/** @throws model/config unless the bytes are JSON in UTF-8 */
export function parseJson(file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refuseField(file, 'the file', 'not JSON in UTF-8');
  }
}
