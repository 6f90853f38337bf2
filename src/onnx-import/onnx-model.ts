// An ONNX file as it was read: what the importer asks of it. Names and numbers of fields are those
// of onnx.proto in the repository onnx/onnx (IR version 10).
import type { Dtype } from '#protocol/tensor.ts';

/** TensorProto.DataType; bits of one element, and what the wire calls the type, where it can. */
export interface ElementType {
  name: string;
  bits: number;
  dtype: Dtype | null;
}

const type = (name: string, bits: number, dtype: Dtype | null = null): ElementType => ({
  name,
  bits,
  dtype,
});

/** By number. Text (8) has no size of its own. */
export const elementTypes: ReadonlyMap<number, ElementType> = new Map([
  [1, type('float32', 32, 'float32')],
  [2, type('uint8', 8, 'uint8')],
  [3, type('int8', 8, 'int8')],
  [4, type('uint16', 16)],
  [5, type('int16', 16)],
  [6, type('int32', 32, 'int32')],
  [7, type('int64', 64, 'int64')],
  [8, type('string', 0)],
  [9, type('bool', 8, 'bool')],
  [10, type('float16', 16, 'float16')],
  [11, type('float64', 64, 'float64')],
  [12, type('uint32', 32, 'uint32')],
  [13, type('uint64', 64, 'uint64')],
  [14, type('complex64', 64)],
  [15, type('complex128', 128)],
  [16, type('bfloat16', 16)],
  [17, type('float8e4m3fn', 8)],
  [18, type('float8e4m3fnuz', 8)],
  [19, type('float8e5m2', 8)],
  [20, type('float8e5m2fnuz', 8)],
  [21, type('uint4', 4)],
  [22, type('int4', 4)],
  [23, type('float4e2m1', 4)],
]);

export interface OnnxTensor {
  name: string;
  /** TensorProto.DataType. */
  type: number;
  shape: number[];
  /** What its elements have, packed; 0 for text. */
  bytes: number;
  /** Where its elements are. */
  source: TensorSource;
  /** Where it stands in the file. */
  place: string;
}

export type TensorSource =
  /** As they are, little endian. */
  | { kind: 'raw'; data: Uint8Array }
  /** In typed fields: TensorProto's float_data (4), int32_data (5), int64_data (7), ... */
  | { kind: 'typed'; field: number; parts: { wire: number; data: Uint8Array; value: number }[] }
  | { kind: 'external'; location: string; offset: number; length: number | null }
  /** Text: left where it is. */
  | { kind: 'text' };

export interface OnnxValue {
  name: string;
  /** TensorProto.DataType; null for a sequence, a map or an optional. */
  type: number | null;
  /** Texts are named axes; null where the rank is open. */
  shape: (number | string)[] | null;
}

export interface OnnxNode {
  name: string;
  operator: string;
  /** Empty for the standard's own. */
  domain: string;
  inputs: string[];
  outputs: string[];
  /** Graphs of If, Loop and Scan. */
  graphs: OnnxGraph[];
  /** The tensor of a Constant. */
  constant: OnnxTensor | null;
  place: string;
}

export interface OnnxGraph {
  nodes: OnnxNode[];
  initializers: OnnxTensor[];
  /** Names of sparse initializers: they stay where they are. */
  sparse: string[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  place: string;
}

export interface OnnxFunction {
  name: string;
  domain: string;
  nodes: OnnxNode[];
}

export interface OnnxModel {
  bytes: Uint8Array;
  irVersion: number;
  producer: string;
  /** By domain; the standard's own is the empty one. */
  opsets: Map<string, number>;
  metadata: Map<string, string>;
  functions: OnnxFunction[];
  graph: OnnxGraph;
}
