// Small .onnx files for tests, field by field as onnx.proto numbers them, so that a test can say
// what no exporter would.
import Pbf from 'pbf';

/** Fields of a message: a text, bytes, an integer, or the fields of a message within. */
type Value = string | number | bigint | Uint8Array | Fields;
export type Fields = [number: number, value: Value][];

export function encode(fields: Fields): Uint8Array {
  const writer = new Pbf();
  for (const [number, value] of fields) {
    if (typeof value === 'string') writer.writeStringField(number, value);
    else if (typeof value === 'number') writer.writeVarintField(number, value);
    else if (typeof value === 'bigint') writeBig(writer, number, value);
    else if (value instanceof Uint8Array) writer.writeBytesField(number, value);
    else writer.writeBytesField(number, encode(value));
  }
  return writer.finish().slice();
}

/** All 64 bits of it. */
function writeBig(writer: Pbf, number: number, value: bigint): void {
  writer.writeTag(number, 0);
  let rest = BigInt.asUintN(64, value);
  do {
    const bits = Number(rest & 0x7fn);
    rest >>= 7n;
    writer.realloc(1);
    writer.buf[writer.pos++] = rest > 0n ? bits | 0x80 : bits;
  } while (rest > 0n);
}

export const floats = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);

interface TensorOptions {
  name: string;
  dims: (number | bigint)[];
  type?: number;
  raw?: Uint8Array;
  more?: Fields;
}

/** TensorProto. */
export function tensor({ name, dims, type = 1, raw, more = [] }: TensorOptions): Fields {
  const fields: Fields = dims.map((length): Fields[number] => [1, length]);
  fields.push([2, type], [8, name], ...more);
  if (raw) fields.push([9, raw]);
  return fields;
}

/** TensorProto with data in a file of its own. */
export function external(name: string, dims: number[], entries: Record<string, string>): Fields {
  const more = Object.entries(entries).map(([key, value]): Fields[number] => [
    13,
    [
      [1, key],
      [2, value],
    ],
  ]);
  return tensor({ name, dims, more: [...more, [14, 1]] });
}

/** NodeProto. */
export function node(
  operator: string,
  [inputs, outputs]: [string[], string[]],
  more: Fields = [],
): Fields {
  return [
    ...inputs.map((name): Fields[number] => [1, name]),
    ...outputs.map((name): Fields[number] => [2, name]),
    [4, operator],
    ...more,
  ];
}

/** Constant's one attribute, its name before or behind the tensor. */
export function constant(output: string, value: Fields, isNameLast = false): Fields {
  const attribute: Fields = [
    [1, 'value'],
    [5, value],
    [20, 4],
  ];
  if (isNameLast) attribute.reverse();
  return node('Constant', [[], [output]], [[5, attribute]]);
}

/** ValueInfoProto of a tensor. */
export function value(name: string, dims: (number | string | bigint)[], type = 1): Fields {
  const shape: Fields = dims.map((length): Fields[number] => [
    1,
    [[typeof length === 'string' ? 2 : 1, length]],
  ]);
  return [
    [1, name],
    [
      2,
      [
        [
          1,
          [
            [1, type],
            [2, shape],
          ],
        ],
      ],
    ],
  ];
}

export interface GraphOptions {
  nodes?: Fields[];
  weights?: Fields[];
  inputs?: Fields[];
  outputs?: Fields[];
}

/** GraphProto. */
export function graph({
  nodes = [],
  weights = [],
  inputs = [],
  outputs = [],
}: GraphOptions): Fields {
  return [
    ...nodes.map((each): Fields[number] => [1, each]),
    [2, 'graph'],
    ...weights.map((each): Fields[number] => [5, each]),
    ...inputs.map((each): Fields[number] => [11, each]),
    ...outputs.map((each): Fields[number] => [12, each]),
  ];
}

/** ModelProto. */
export function model(options: GraphOptions, more: Fields = []): Uint8Array {
  return encode([
    [1, 8],
    [2, 'test'],
    [
      8,
      [
        [1, ''],
        [2, 13],
      ],
    ],
    [7, graph(options)],
    ...more,
  ]);
}

/** y = x + w over [n, 4]. */
export function addition(
  weights: Fields[] = [tensor({ name: 'w', dims: [4], raw: floats(1, 2, 3, 4) })],
) {
  return model({
    nodes: [node('Add', [['x', 'w'], ['y']])],
    weights,
    inputs: [value('x', ['n', 4])],
    outputs: [value('y', ['n', 4])],
  });
}
