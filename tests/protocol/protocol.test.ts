// The nouns on the wire: bytes, deterministic CBOR, units and their digests, grants, errors.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bytesToInt32,
  bytesToUint32,
  concatBytes,
  equalBytes,
  fromHex,
  toHex,
  utf8,
  wordsToBytes,
} from '#protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { grantDigest, grantTypedData, sessionProofBytes } from '#protocol/grant.ts';
import { limits } from '#protocol/limits.ts';
import { merkleRoot } from '#protocol/merkle.ts';
import {
  decodeUnitInput,
  encodeUnitInput,
  outputDigest,
  rowDigest,
  unitDigest,
} from '#protocol/unit.ts';
import * as node from '../../src/protocol/sha256-node.ts';
import * as portable from '../../src/protocol/sha256-portable.ts';

const bytes = (max = 64) => fc.uint8Array({ maxLength: max });
const codeOf = (call: () => unknown) => {
  try {
    call();
  } catch (thrown) {
    return toIdlewildError(thrown).code;
  }
  return 'nothing was thrown';
};

test('hex and words round-trip', () => {
  fc.assert(
    fc.property(bytes(), (value) => {
      expect(fromHex(toHex(value))).toEqual(new Uint8Array(value));
    }),
  );
  expect(wordsToBytes(Int32Array.of(-2, 1))).toEqual(
    Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 1, 0, 0, 0),
  );
  expect(bytesToInt32(Uint8Array.of(0xfe, 0xff, 0xff, 0xff))).toEqual(Int32Array.of(-2));
  expect(bytesToUint32(Uint8Array.of(0xfe, 0xff, 0xff, 0xff))).toEqual(Uint32Array.of(0xfffffffe));
  expect(codeOf(() => fromHex('0g'))).toBe('bytes/not-hex');
  expect(codeOf(() => fromHex('abc'))).toBe('bytes/not-hex');
  expect(codeOf(() => bytesToInt32(new Uint8Array(3)))).toBe('bytes/not-words');
});

test('both SHA-256 agree, in pieces too', () => {
  const agree = (a: Uint8Array, b: Uint8Array) => {
    const whole = node.sha256(concatBytes(a, b));
    expect(portable.sha256(a, b)).toEqual(whole);
    expect(node.sha256(a, b)).toEqual(whole);
    expect(createHash('sha256').update(a).update(b).digest('hex')).toBe(toHex(whole));
  };
  fc.assert(fc.property(bytes(300), bytes(300), agree));
  // Around the length up to which parts are joined.
  for (const length of [2047, 2048, 2049, 5000]) {
    agree(new Uint8Array(length).fill(1), new Uint8Array(2048).fill(2));
  }
});

test('a CBOR value has one encoding, and no other is decoded', () => {
  const value = { b: 1, a: [new Uint8Array([1, 2]), null, 'x', true, -5] };
  const encoded = encodeCbor(value);
  expect(decodeCbor(encoded)).toEqual(value);
  expect(equalBytes(encodeCbor({ a: value.a, b: 1 }), encoded)).toBe(true);
  const bad: Record<string, string> = {
    truncated: toHex(encoded.slice(0, -1)),
    trailing: `${toHex(encoded)}00`,
    'long form of 1': '1801',
    'unsorted map': 'a2616201616101',
    'duplicate key': 'a2616101616102',
    'indefinite array': '9f01ff',
    undefined: 'f7',
    NaN: 'f97e00',
    'half-width spelled wide': 'fb3ff8000000000000',
    empty: '',
  };
  for (const [name, hex] of Object.entries(bad)) {
    expect(
      codeOf(() => decodeCbor(fromHex(hex))),
      name,
    ).toBe('cbor/malformed');
  }
  expect(codeOf(() => decodeCbor(new Uint8Array(1 << 20).fill(0x81)))).toBe('cbor/malformed');
});

test('any bytes decode to a value or to cbor/malformed', () => {
  fc.assert(
    fc.property(bytes(), (value) => {
      expect(['cbor/malformed', 'nothing was thrown']).toContain(codeOf(() => decodeCbor(value)));
    }),
  );
});

const model = new Uint8Array(32).fill(7);

test('a unit round-trips, and its name is the digest of its bytes', () => {
  const rows = [Uint32Array.of(101, 2023, 102), Uint32Array.of(101)];
  const encoded = encodeUnitInput({ model, rows });
  expect(decodeUnitInput(encoded)).toEqual({ model, rows });
  expect(unitDigest(encoded)).toEqual(node.sha256(encoded));
});

test('a malformed unit is refused with its field', () => {
  const bad: [unknown, RegExp][] = [
    [{ model, rows: [] }, /rows/],
    [{ model, rows: [new Uint8Array(3)] }, /rows\[0\]/],
    [{ model, rows: [new Uint8Array(4), new Uint8Array()] }, /rows\[1\]/],
    [{ model, rows: [new Uint8Array(4 * (limits.tokensMax + 1))] }, /tokensMax/],
    [{ model: model.slice(1), rows: [new Uint8Array(4)] }, /model/],
    [{ model, rows: [new Uint8Array(4)], more: 1 }, /map/],
    [null, /map/],
    [[], /map/],
  ];
  for (const [value, words] of bad) {
    expect(() => decodeUnitInput(encodeCbor(value))).toThrow(words);
  }
  expect(() => decodeUnitInput(new Uint8Array(limits.unitBytesMax + 1))).toThrow(/unitBytesMax/);
});

test('an output digest is the Merkle root over row digests', () => {
  const output = wordsToBytes(Int32Array.from({ length: 12 }, (_, i) => i));
  const digests = [0, 1, 2].map((row) => rowDigest(output.subarray(16 * row, 16 * (row + 1))));
  expect(outputDigest(output, 3)).toEqual(merkleRoot(digests));
  expect(codeOf(() => outputDigest(output, 5))).toBe('unit/output-length');
  expect(codeOf(() => outputDigest(new Uint8Array(), 1))).toBe('unit/output-length');
});

test('a grant is bound to each of its fields', () => {
  const grant = {
    account: '0x00000000000000000000000000000000000000aa',
    sessionKey: new Uint8Array(65).fill(4),
    coordinator: 'http://localhost:8787',
    chainId: 31337,
    nonce: new Uint8Array(32).fill(1),
    expiresAt: 1_800_000_000,
    consentVersion: 1,
  };
  const others = [
    { ...grant, account: `0x${'b'.repeat(40)}` },
    { ...grant, sessionKey: new Uint8Array(65).fill(5) },
    { ...grant, coordinator: 'http://localhost:8788' },
    { ...grant, chainId: 1 },
    { ...grant, nonce: new Uint8Array(32) },
    { ...grant, expiresAt: 1 },
    { ...grant, consentVersion: 2 },
  ];
  const names = [grant, ...others].map((each) => toHex(grantDigest(each)));
  expect(new Set(names).size).toBe(names.length);
  const typed = [grant, ...others].map((each) => JSON.stringify(grantTypedData(each)));
  expect(new Set(typed).size).toBe(typed.length);
  expect(toHex(sessionProofBytes(grant))).toContain(toHex(utf8('idlewild session proof 1')));
});

test('an error keeps its code and its words over the wire', () => {
  const error = new IdlewildError('shard/digest-mismatch', 'The shard is damaged.', {
    retryable: true,
    metaMessages: ['It will be fetched again.'],
  });
  expect(error.message).toBe('The shard is damaged.\nIt will be fetched again.');
  expect(IdlewildError.fromWire(error.toWire()).toWire()).toEqual(error.toWire());
  expect(toIdlewildError(new TypeError('x')).code).toBe('internal/unexpected');
});
