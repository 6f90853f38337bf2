// Values as PGlite gives them, so that the same code reads both: whole numbers as numbers while they
// are exact, bytes as arrays of their own.
import pg from 'pg';

const { builtins } = pg.types;
const bigintArray = 1016;

function readBigint(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Not a slice of Node's pool of buffers: a message to another thread would copy all of that. */
function readBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'));
}

function readBigints(text: string): (number | bigint | null)[] {
  const items = text.slice(1, -1);
  if (items === '') return [];
  return items.split(',').map((item) => (item === 'NULL' ? null : readBigint(item)));
}

const own: Record<number, (text: string) => unknown> = {
  [builtins.INT8]: readBigint,
  [builtins.BYTEA]: readBytes,
  [bigintArray]: readBigints,
};

export const readTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    own[oid] ?? pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};
