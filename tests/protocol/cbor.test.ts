// Our CBOR against a general codec made strict: the same bytes for the same values, and of all
// bytes the same ones accepted, whatever a stranger has done to them.
import { decode, encode, rfc8949EncodeOptions, Tokenizer } from 'cborg';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, equalBytes, fromHex, toHex } from '#protocol/bytes.ts';
import { decodeCbor, encodeCbor, viewCbor } from '#protocol/cbor.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';

const strict = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  rejectDuplicateMapKeys: true,
};

const encodeGenerally = (value: unknown) => new Uint8Array(encode(value, rfc8949EncodeOptions));

/** @returns null where the bytes are refused */
function decodeGenerally(bytes: Uint8Array): { value: unknown } | null {
  try {
    const tokenizer = new Tokenizer(bytes, strict);
    const value = decode(bytes, { ...strict, tokenizer });
    return equalBytes(encodeGenerally(value), bytes) ? { value } : null;
  } catch {
    return null;
  }
}

function decodeOurs(bytes: Uint8Array): { value: unknown } | null {
  try {
    return { value: decodeCbor(bytes) };
  } catch (thrown) {
    expect(toIdlewildError(thrown).code).toBe('cbor/malformed');
    return null;
  }
}

/** The general codec drops a byte order mark at the head of text, and so refuses it. */
const hasMark = (bytes: Uint8Array) => toHex(bytes).includes('efbbbf');

function agree(bytes: Uint8Array): void {
  if (!hasMark(bytes)) expect(decodeOurs(bytes)).toEqual(decodeGenerally(bytes));
}

const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', maxDepth: 6 },
    fc.constantFrom(null, true, false, -0, 0.5, 2 ** -24, 3 * 2 ** -24, 65504, 2 ** 53, -(2 ** 53)),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double(),
    fc.float(),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(
      fc.oneof(fc.constantFrom('__proto__', 'kind', ''), fc.string({ unit: 'binary' })),
      tie('value'),
      { maxKeys: 30, noNullPrototype: true },
    ),
  ),
}));

test('a value is encoded to the bytes that a general codec gives, and comes back', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bytes = encodeCbor(value);
      expect(toHex(bytes)).toBe(toHex(encodeGenerally(value)));
      agree(bytes);
    }),
    { numRuns: 500 },
  );
});

/** What a stranger does to bytes: a few replaced, left out, put in or said twice. */
const tampering = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('replace', 'remove', 'insert', 'repeat'),
    byte: fc.oneof(
      fc.nat(255),
      fc.constantFrom(0x18, 0x1b, 0x5f, 0x7f, 0x9f, 0xbf, 0xf9, 0xfb, 0xff),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

test('of bytes that were tampered with, the same are accepted', () => {
  fc.assert(
    fc.property(anyValue, tampering, (value, changes) => {
      let bytes = encodeCbor(value);
      for (const { at, kind, byte } of changes) {
        const place = at % (bytes.length + 1);
        const before = bytes.slice(0, place);
        const after = bytes.slice(kind === 'replace' || kind === 'remove' ? place + 1 : place);
        const inserted = new Uint8Array(kind === 'remove' ? [] : [byte]);
        bytes = concatBytes(before, kind === 'repeat' ? before.slice(-4) : inserted, after);
      }
      agree(bytes);
    }),
    { numRuns: 1500 },
  );
});

test('of short bytes at random, and of every head, the same are accepted', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), agree), { numRuns: 1500 });
  for (let head = 0; head < 256; head++) {
    for (const rest of ['', '00', '17', '18', 'ff', '0017', '0100', '00010000', 'ffffffff']) {
      agree(concatBytes(new Uint8Array([head]), fromHex(rest)));
    }
    for (const rest of ['0000000000000001', '001fffffffffffff', '0020000000000000']) {
      agree(concatBytes(new Uint8Array([head]), fromHex(rest)));
    }
  }
});

test('of maps whose keys come in any order, or twice, the same are accepted', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', '\u00e9'), maxLength: 3 });
  const given = fc.oneof(fc.array(key, { maxLength: 4 }), fc.uniqueArray(key, { maxLength: 4 }));
  const write = (keys: string[]) =>
    concatBytes(
      new Uint8Array([0xa0 + keys.length]),
      ...keys.flatMap((name) => [encodeCbor(name), fromHex('f6')]),
    );
  fc.assert(
    fc.property(given, (keys) => agree(write(keys))),
    { numRuns: 1000 },
  );
  expect(decodeOurs(write(['b', 'aa']))).not.toBe(null);
  for (const wrong of [
    ['b', 'a'],
    ['aa', 'b'],
    ['a', 'a'],
  ])
    expect(decodeOurs(write(wrong))).toBe(null);
});

test('of all half-precision floats the same are accepted', () => {
  // Every positive one, and one in 17 of the others.
  for (let bits = 0; bits < 1 << 16; bits += bits < 1 << 15 ? 1 : 17) {
    const bytes = new Uint8Array([0xf9, bits >> 8, bits & 255]);
    const general = decodeGenerally(bytes);
    const ours = decodeOurs(bytes);
    if (!Object.is(ours?.value, general?.value))
      expect({ bits, ours }).toEqual({ bits, ours: general });
  }
});

/** What is read, or why it is not: NaN and infinities are written and never read. */
function readOr(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return read(bytes);
  } catch (thrown) {
    return `refused: ${thrown}`;
  }
}

test('what is read in place is the same, as views of the bytes', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bytes = encodeCbor(value);
      expect(readOr(viewCbor, bytes)).toEqual(readOr(decodeCbor, bytes));
    }),
  );
  const bytes = encodeCbor([new Uint8Array([1, 2])]);
  const [view] = viewCbor(bytes) as [Uint8Array];
  const [copy] = decodeCbor(bytes) as [Uint8Array];
  bytes[2] = 7;
  expect([view[0], copy[0]]).toEqual([7, 1]);
  expect(() => viewCbor(bytes.subarray(0, 3))).toThrow(/not enough/);
});

test('text may begin with a byte order mark', () => {
  expect(decodeCbor(encodeCbor({ '\ufeffa': '\ufeffb' }))).toEqual({ '\ufeffa': '\ufeffb' });
});

test('nesting and items are limited, and what has no form is not written', () => {
  const nest = (depth: number) => fromHex(`${'81'.repeat(depth)}00`);
  expect(decodeOurs(nest(limits.cborDepthMax))).not.toBe(null);
  expect(() => decodeCbor(nest(limits.cborDepthMax + 1))).toThrow(/cborDepthMax/);
  expect(() => decodeCbor(nest(1e6))).toThrow(/cborDepthMax/);
  const many = concatBytes(fromHex('9a00100000'), new Uint8Array(1 << 20).fill(0x80));
  expect(() => decodeCbor(many)).toThrow(/cborItemsMax/);
  for (const value of [undefined, { a: undefined }, () => 1, new Map(), new Int32Array(1), 1n]) {
    expect(() => encodeCbor(value)).toThrow(TypeError);
  }
  let deep: unknown = 0;
  for (let i = 0; i <= limits.cborDepthMax; i++) deep = [deep];
  expect(() => encodeCbor(deep)).toThrow(/cborDepthMax/);
  // A value after one that failed is not spoilt by what was written of it.
  expect(toHex(encodeCbor([1]))).toBe('8101');
});

test('large values grow the buffer, and the next small one is itself', () => {
  const value = [new Uint8Array(5 << 20).fill(7), 'x'.repeat(100_000)];
  expect(equalBytes(encodeCbor(value), encodeGenerally(value))).toBe(true);
  expect(toHex(encodeCbor('a'))).toBe('6161');
});
