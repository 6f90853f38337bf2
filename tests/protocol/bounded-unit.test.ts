// Units of bounded models on the wire: one encoding each, and nothing else is taken.
import { describe, expect, it } from 'vitest';
import {
  boundedDigest,
  decodeBoundedInput,
  decodeBoundedOutput,
  decodeRowOutput,
  encodeBoundedInput,
  encodeBoundedOutput,
  encodeRowOutput,
} from '#protocol/bounded-unit.ts';
import { toHex } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { merkleRoot } from '#protocol/merkle.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { sha256 } from '#sha256';

const model = new Uint8Array(32).fill(7);
const request = (value: number): TensorMap => ({
  x: { dtype: 'float32', shape: [1], data: new Uint8Array(new Float32Array([value]).buffer) },
});

describe('an input', () => {
  it('goes there and back, its digest the same whatever the order of its names', () => {
    const { x } = request(1);
    const bytes = encodeBoundedInput({ model, requests: [{ x, yy: x }, request(2)] });
    expect(encodeBoundedInput({ model, requests: [{ yy: x, x }, request(2)] })).toEqual(bytes);
    expect(decodeBoundedInput(bytes)).toEqual({ model, requests: [{ x, yy: x }, request(2)] });
  });

  it.each([
    ['no model', { requests: [request(1)] }],
    ['a short model', { model: new Uint8Array(31), requests: [request(1)] }],
    ['no request', { model, requests: [] }],
    ['too many', { model, requests: Array.from({ length: 33 }, () => request(1)) }],
    ['an empty one', { model, requests: [{}] }],
    ['a field more', { model, requests: [request(1)], more: 1 }],
    ['a request that is none', { model, requests: [[1]] }],
  ])('is refused with %s', (_, value) => {
    expect(() => decodeBoundedInput(encodeCbor(value))).toThrow(/^(Bounded unit|Tensor requests)/);
  });

  it('with any byte changed is read or refused, and never anything else', () => {
    const whole = encodeBoundedInput({ model, requests: [request(1), request(2)] });
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 0x1b, 0x5f, 0x7b, 0xa1, 0xff]) {
        const bytes = whole.slice();
        bytes[at] = byte;
        try {
          decodeBoundedInput(bytes);
        } catch (thrown) {
          if (!(thrown instanceof IdlewildError)) throw thrown;
        }
      }
      expect(() => decodeBoundedInput(whole.slice(0, at))).toThrow(IdlewildError);
    }
  });

  it('is refused beyond its size, before it is read', () => {
    const bytes = new Uint8Array(limits.boundedInputBytesMax + 1);
    expect(() => decodeBoundedInput(bytes)).toThrow(/boundedInputBytesMax/);
  });
});

describe('an output', () => {
  it('is rows of any length, and its digest their tree', () => {
    const rows = [encodeRowOutput(request(1)), encodeRowOutput({ ...request(2), ...request(3) })];
    expect(decodeBoundedOutput(encodeBoundedOutput(rows))).toEqual(rows);
    expect(decodeRowOutput(rows[0])).toEqual(request(1));
    const leaves = rows.map((row) => sha256(row));
    expect(toHex(boundedDigest(rows))).toBe(toHex(merkleRoot(leaves)));
  });

  it('is refused where it is none', () => {
    for (const value of [[], [1], 'rows', { 0: new Uint8Array(1) }]) {
      expect(() => decodeBoundedOutput(encodeCbor(value))).toThrow(/^Bounded unit: output/);
    }
    expect(() => decodeRowOutput(encodeCbor({}))).toThrow(/^Tensor outputs/);
  });
});
