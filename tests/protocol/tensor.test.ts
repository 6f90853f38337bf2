// Tensors of the wire: what is refused, and that JSON, CBOR and numbers give the same bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfValue } from '#protocol/cbor-float.ts';
import { toHalfBits } from '#protocol/float16.ts';
import { limits } from '#protocol/limits.ts';
import { decodeBase64, encodeBase64 } from '#protocol/long-base64.ts';
import { checkTensorMap, type Dtype, type TensorValue } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { tensorFromJson, tensorsFromJson, tensorsToJson } from '#protocol/tensor-json.ts';

const floats = (shape: number[], ...values: number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: new Uint8Array(new Float32Array(values).buffer),
});

describe('a tensor', () => {
  it('is taken with the bytes of its shape, a length of 0 included', () => {
    const map = { x: floats([2, 1], 1, 2), past: floats([1, 0, 64]), one: floats([], 3) };
    expect(checkTensorMap(map, 'inputs')).toEqual(map);
  });

  it.each([
    ['no type', { shape: [1], data: new Uint8Array(4) }],
    ['another type', { dtype: 'string', shape: [1], data: new Uint8Array(4) }],
    ['a type by inheritance', { dtype: 'toString', shape: [1], data: new Uint8Array(4) }],
    ['too few bytes', { dtype: 'float32', shape: [2], data: new Uint8Array(4) }],
    ['no bytes', { dtype: 'float32', shape: [1], data: [1] }],
    ['a negative length', { dtype: 'float32', shape: [-1], data: new Uint8Array(0) }],
    ['half a length', { dtype: 'float32', shape: [1.5], data: new Uint8Array(6) }],
    ['nine dimensions', { dtype: 'uint8', shape: new Array(9).fill(1), data: new Uint8Array(1) }],
    ['too many bytes', { dtype: 'float64', shape: [2 ** 23], data: new Uint8Array(0) }],
    ['an emptied giant', { dtype: 'uint8', shape: [0, 2 ** 40], data: new Uint8Array(0) }],
    [
      'a product beyond 2^53',
      { dtype: 'uint8', shape: [2 ** 52, 2 ** 52], data: new Uint8Array(0) },
    ],
    ['a field more', { ...floats([1], 1), extra: 1 }],
    ['a bool of 2', { dtype: 'bool', shape: [1], data: Uint8Array.of(2) }],
  ])('is refused with %s', (_, tensor) => {
    expect(() => checkTensorMap({ x: tensor }, 'inputs')).toThrow(/^Tensor inputs\["x"\]: /);
  });

  it('is one of a few, each with a name', () => {
    const many = Object.fromEntries(
      Array.from({ length: limits.tensorsMax + 1 }, (_, i) => [`x${i}`, floats([1], 1)]),
    );
    expect(() => checkTensorMap(many, 'inputs')).toThrow(/tensorsMax/);
    expect(() => checkTensorMap({}, 'inputs')).toThrow(/1 to 32/);
    expect(() => checkTensorMap({ '': floats([1], 1) }, 'inputs')).toThrow(/name/);
    const polluting = JSON.parse('{"__proto__": 1}');
    expect(() => checkTensorMap(polluting, 'inputs')).toThrow(/name/);
  });
});

describe('JSON', () => {
  const read = (dtype: Dtype, shape: number[], data: unknown) =>
    tensorFromJson({ dtype, shape, data }, 'inputs["x"]');

  it('holds numbers nested or flat, and base64, all the same', () => {
    const flat = read('float32', [2, 3], [1, 2, 3, 4, 5, 6]);
    expect(
      read(
        'float32',
        [2, 3],
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ),
    ).toEqual(flat);
    expect(read('float32', [2, 3], encodeBase64(flat.data))).toEqual(flat);
    expect(read('float32', [], 7)).toEqual(read('float32', [], [7]));
    expect([...(readElements(flat) as Float32Array)]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('goes there and back', () => {
    const tensors = { x: floats([2], 1.5, -2), mask: read('bool', [2], [true, 0]) };
    expect(tensorsFromJson(JSON.parse(JSON.stringify(tensorsToJson(tensors))))).toEqual(tensors);
  });

  it.each<[Dtype, unknown]>([
    ['int8', 128],
    ['uint8', -1],
    ['int32', 2 ** 31],
    ['uint32', 2 ** 32],
    ['int64', 2 ** 53],
    ['uint64', -1],
    ['int32', 0.5],
    ['float32', 1e39],
    ['float16', 65520],
    ['float32', '1'],
    ['float32', null],
    ['bool', 2],
  ])('refuses a %s of %j', (dtype, value) => {
    expect(() => read(dtype, [1], [value])).toThrow(/data\[0\]/);
  });

  it('refuses shapes that the numbers have not, and broken base64', () => {
    expect(() => read('float32', [2, 2], [[1, 2], [3]])).toThrow(/nested or flat, as \[2, 2\]/);
    expect(() => read('float32', [2], [1, [2]])).toThrow(/data/);
    expect(() => read('uint8', [3], 'AAA')).toThrow(/base64/);
    expect(() => read('uint8', [2], 'AAAA')).toThrow(/2 bytes/);
    expect(() => tensorFromJson({ dtype: 'uint8', shape: [1], data: [1], x: 1 }, 'x')).toThrow(
      /unknown field "x"/,
    );
  });
});

describe('elements', () => {
  it('are read wherever the bytes lie', () => {
    const data = new Uint8Array(13);
    new DataView(data.buffer).setFloat32(1, 2.5, true);
    new DataView(data.buffer).setFloat32(5, -3, true);
    const elements = readElements({ dtype: 'float32', shape: [2], data: data.subarray(1, 9) });
    expect([elements.length, elements[0], elements[1]]).toEqual([2, 2.5, -3]);
  });

  it('of 64 bits are numbers, or refused', () => {
    const of = (value: bigint): TensorValue => ({
      dtype: 'int64',
      shape: [1],
      data: new Uint8Array(new BigInt64Array([value]).buffer),
    });
    expect(readElements(of(-7n))[0]).toBe(-7);
    expect(() => readElements(of(2n ** 53n))).toThrow(/beyond 2\^53/);
  });
});

it('base64 is RFC 4648’s, and canonical', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(encodeBase64(bytes)).toBe(text);
      expect(decodeBase64(text)).toEqual(new Uint8Array(bytes));
    }),
  );
  for (const text of [
    'A',
    'AA',
    'AAA',
    'AB==',
    'AAB=',
    'A===',
    '====',
    'AA A',
    'AA-_',
    'ÄAAA',
    'A=AA',
  ]) {
    expect(decodeBase64(text)).toBeNull();
  }
});

it('every half is its own nearest, and a tie goes to the even one', () => {
  for (let bits = 0; bits < 0x7c00; bits++) {
    expect(toHalfBits(halfValue(bits))).toBe(bits);
    if (bits === 0x7bff) continue;
    const between = (halfValue(bits) + halfValue(bits + 1)) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    if (toHalfBits(between) !== even) expect([bits, toHalfBits(between)]).toEqual([bits, even]);
    if (toHalfBits(-between * (1 + 2 ** -50)) !== (0x8000 | (bits + 1))) {
      expect(bits).toBe('rounded away from its tie');
    }
  }
  expect(toHalfBits(65519.999)).toBe(0x7bff);
  expect([toHalfBits(65520), toHalfBits(Number.NaN)]).toEqual([null, null]);
});
