// The safetensors reader survives any bytes: tensors, or an IdlewildError that names the fault.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSafetensors, safetensorsLimits } from '#model/safetensors.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { floatTensor, packSafetensors, wordTensor, writeSafetensors } from './write-safetensors.ts';

const small = writeSafetensors({
  'a.weight': floatTensor([2, 3], [1, -2, 0.5, 1e-20, 3e38, -0]),
  half: wordTensor('F16', [0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000]),
  brain: wordTensor('BF16', [0x3f80, 0xc000, 0x0001, 0x7f7f]),
  empty: floatTensor([0, 4], []),
  ids: { dtype: 'I64', shape: [1, 2], bytes: new Uint8Array(16) },
});

/** Opens and reads everything that there is. */
function readAll(bytes: Uint8Array): void {
  const file = openSafetensors(bytes);
  for (const name of file.entries.keys()) file.read(name);
}

function codeOf(bytes: Uint8Array): string {
  try {
    readAll(bytes);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(IdlewildError);
    return (thrown as IdlewildError).code;
  }
  return 'none';
}

const tensor = (fields: object) => ({ dtype: 'F32', shape: [1], data_offsets: [0, 4], ...fields });
const withHeader = (header: unknown, bytes = 4) =>
  packSafetensors(JSON.stringify(header), new Uint8Array(bytes));

describe('a whole file', () => {
  test('reads every float exactly', () => {
    const file = openSafetensors(small);
    expect([...file.entries.keys()]).toEqual(['a.weight', 'half', 'brain', 'empty', 'ids']);
    expect(file.entries.get('a.weight')?.shape).toEqual([2, 3]);
    const floats = [1, -2, 0.5, 1e-20, 3e38, -0].map(Math.fround);
    expect([...file.read('a.weight')]).toEqual(floats);
    expect([...file.read('half')]).toEqual([1, -2, 2 ** -24, 65504, -0]);
    const brains = [1, -2, 2 ** -133, (2 - 2 ** -7) * 2 ** 127];
    expect([...file.read('brain')]).toEqual(brains);
    expect(file.read('empty')).toHaveLength(0);
  });

  test('tolerates tensors that hold no floats, and refuses to read them', () => {
    const file = openSafetensors(small);
    expect(() => file.read('ids')).toThrow(/"ids", dtype: I64/);
    expect(() => file.read('absent')).toThrow(/"absent": not in the file/);
  });

  test('may begin anywhere in its buffer', () => {
    const shifted = new Uint8Array(small.length + 3);
    shifted.set(small, 3);
    expect(openSafetensors(shifted.subarray(3)).read('half')[0]).toBe(1);
  });
});

describe('broken files are refused by name', () => {
  const huge = new Uint8Array(16).fill(255);
  const cases: [string, Uint8Array][] = [
    ['safetensors/truncated', new Uint8Array(0)],
    ['safetensors/truncated', small.subarray(0, 7)],
    ['safetensors/truncated', small.subarray(0, 40)],
    ['safetensors/header-size', huge],
    ['safetensors/out-of-range', small.subarray(0, small.length - 1)],
    ['safetensors/gap', new Uint8Array([...small, 0])],
    ['safetensors/header-json', packSafetensors('{"a":', new Uint8Array())],
    ['safetensors/header-json', packSafetensors('[]', new Uint8Array())],
    ['safetensors/header-json', packSafetensors('null', new Uint8Array())],
    ['safetensors/header-json', packSafetensors('', new Uint8Array())],
    ['safetensors/header-json', packSafetensors(new Uint8Array([123, 255]), new Uint8Array())],
    ['safetensors/metadata', withHeader({ __metadata__: { a: 1 } }, 0)],
    ['safetensors/entry', withHeader({ a: null })],
    ['safetensors/entry', withHeader({ a: tensor({ more: 1 }) })],
    ['safetensors/dtype', withHeader({ a: tensor({ dtype: 'F31' }) })],
    ['safetensors/dtype', withHeader({ a: tensor({ dtype: 'toString' }) })],
    ['safetensors/dtype', withHeader({ a: tensor({ dtype: 4 }) })],
    ['safetensors/shape', withHeader({ a: tensor({ shape: [-1] }) })],
    ['safetensors/shape', withHeader({ a: tensor({ shape: [0.5] }) })],
    ['safetensors/shape', withHeader({ a: tensor({ shape: ['1'] }) })],
    ['safetensors/shape', withHeader({ a: tensor({ shape: 1 }) })],
    ['safetensors/shape', withHeader({ a: tensor({ shape: Array(9).fill(1) }) })],
    ['safetensors/shape', withHeader({ a: tensor({ shape: [2 ** 60] }) })],
    ['safetensors/size', withHeader({ a: tensor({ shape: [2 ** 40, 2 ** 40, 2 ** 40] }) })],
    ['safetensors/size', withHeader({ a: tensor({ shape: [2] }) })],
    ['safetensors/offsets', withHeader({ a: tensor({ data_offsets: [4, 0] }) })],
    ['safetensors/offsets', withHeader({ a: tensor({ data_offsets: [0] }) })],
    ['safetensors/offsets', withHeader({ a: tensor({ data_offsets: [-4, 0] }) })],
    ['safetensors/out-of-range', withHeader({ a: tensor({ data_offsets: [400, 404] }) })],
    ['safetensors/gap', withHeader({ a: tensor({ data_offsets: [4, 8] }) }, 8)],
    ['safetensors/overlap', withHeader({ a: tensor({}), b: tensor({}) })],
    ['safetensors/name', packSafetensors('{"__proto__":{}}', new Uint8Array())],
    ['safetensors/name', withHeader({ constructor: tensor({}) })],
    ['safetensors/name', withHeader({ ['x'.repeat(600)]: tensor({}) })],
  ];
  test.each(cases)('%s (%#)', (code, bytes) => {
    expect(codeOf(bytes)).toBe(code);
  });

  test('one name twice, however it is written', () => {
    const entry = JSON.stringify(tensor({}));
    const header = `{"a":${entry},"\\u0061":${entry}}`;
    expect(codeOf(packSafetensors(header, new Uint8Array(4)))).toBe('safetensors/duplicate-tensor');
  });

  test('more tensors than the limit', () => {
    const names = Array.from({ length: safetensorsLimits.tensorsMax + 1 }, (_, i) => `t${i}`);
    const none = tensor({ shape: [0], data_offsets: [0, 0] });
    const header = Object.fromEntries(names.map((name) => [name, none]));
    expect(codeOf(withHeader(header, 0))).toBe('safetensors/too-many-tensors');
  });

  test('the message names the tensor and the field', () => {
    const bytes = withHeader({ 'layer.0': tensor({ shape: [2] }) });
    expect(() => readAll(bytes)).toThrow('Tensor "layer.0", shape: needs 8 bytes');
  });
});

describe('any bytes', () => {
  test('random bytes give tensors or an IdlewildError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void codeOf(bytes)));
  });

  test('so do mutations of a real file', () => {
    const mutation = fc.tuple(fc.nat(small.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 4 }), fc.nat(40), (mutations, cut) => {
        const bytes = small.slice(0, small.length - cut);
        for (const [at, value] of mutations) if (at < bytes.length) bytes[at] = value;
        codeOf(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  test('so does any JSON as a header', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(20), (json, bytes) => {
        codeOf(packSafetensors(json, new Uint8Array(bytes)));
      }),
      { numRuns: 1000 },
    );
  });

  test('so does any value of any field', () => {
    const fields = fc.record({
      dtype: fc.anything(),
      shape: fc.anything(),
      data_offsets: fc.anything(),
    });
    fc.assert(
      fc.property(fc.string(), fc.oneof(fields, fc.jsonValue()), (name, value) => {
        const text = JSON.stringify({ [name]: value }, (_, inner) =>
          typeof inner === 'bigint' ? Number(inner) : inner,
        );
        codeOf(packSafetensors(text, new Uint8Array(4)));
      }),
      { numRuns: 1000 },
    );
  });
});
