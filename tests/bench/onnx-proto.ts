// ONNX model files for rivals in benchmarks: the part of the format that a graph of constants and
// operators needs, as bytes. Field numbers are those of onnx/onnx.proto3 in the repository onnx/onnx.
import protobuf from 'protobufjs/light.js';

/** TensorProto.DataType. */
export const onnxTypes = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;
type OnnxType = keyof typeof onnxTypes;

export interface OnnxTensor {
  name: string;
  type: OnnxType;
  dims: number[];
  /** Little-endian words, row-major. */
  bytes: Uint8Array;
}

export type OnnxAttribute = number | string | number[] | { float: number };

export interface OnnxNode {
  operator: string;
  /** Empty for the standard's own operators. */
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, OnnxAttribute>;
}

/** A length, or the name of one that a run decides. */
type Dimension = number | string;

interface OnnxValue {
  name: string;
  type: OnnxType;
  dims: Dimension[];
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  constants: OnnxTensor[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  /** Version of each operator domain in use. */
  domains: Record<string, number>;
}

/** That of ONNX 1.12, which brought operator set 17. */
const IR_VERSION = 8;

const optional = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: optional('int64', 1),
        producerName: optional('string', 2),
        graph: optional('GraphProto', 7),
        opsetImport: repeated('OperatorSetIdProto', 8),
      },
    },
    OperatorSetIdProto: {
      fields: { domain: optional('string', 1), version: optional('int64', 2) },
    },
    GraphProto: {
      fields: {
        node: repeated('NodeProto', 1),
        name: optional('string', 2),
        initializer: repeated('TensorProto', 5),
        input: repeated('ValueInfoProto', 11),
        output: repeated('ValueInfoProto', 12),
      },
    },
    NodeProto: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        name: optional('string', 3),
        opType: optional('string', 4),
        attribute: repeated('AttributeProto', 5),
        domain: optional('string', 7),
      },
    },
    AttributeProto: {
      fields: {
        name: optional('string', 1),
        f: optional('float', 2),
        i: optional('int64', 3),
        s: optional('bytes', 4),
        ints: repeated('int64', 8),
        type: optional('int32', 20),
      },
    },
    TensorProto: {
      fields: {
        dims: repeated('int64', 1),
        dataType: optional('int32', 2),
        name: optional('string', 8),
        rawData: optional('bytes', 9),
      },
    },
    ValueInfoProto: { fields: { name: optional('string', 1), type: optional('TypeProto', 2) } },
    TypeProto: { fields: { tensorType: optional('TensorTypeProto', 1) } },
    TensorTypeProto: {
      fields: { elemType: optional('int32', 1), shape: optional('TensorShapeProto', 2) },
    },
    TensorShapeProto: { fields: { dim: repeated('Dimension', 1) } },
    Dimension: { fields: { dimValue: optional('int64', 1), dimParam: optional('string', 2) } },
  },
});

/** AttributeProto, its `type` being AttributeType's FLOAT 1, INT 2, STRING 3 or INTS 7. */
function toAttribute([name, value]: [string, OnnxAttribute]) {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: 3 };
  if (Array.isArray(value)) return { name, ints: value, type: 7 };
  return { name, f: value.float, type: 1 };
}

function toValue({ name, type, dims }: OnnxValue) {
  const dim = dims.map((size) =>
    typeof size === 'number' ? { dimValue: size } : { dimParam: size },
  );
  return { name, type: { tensorType: { elemType: onnxTypes[type], shape: { dim } } } };
}

/** The bytes of a .onnx file; equal graphs give equal bytes. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  const model = {
    irVersion: IR_VERSION,
    producerName: 'idlewild-bench',
    opsetImport: Object.entries(graph.domains).map(([domain, version]) => ({ domain, version })),
    graph: {
      name: graph.name,
      node: graph.nodes.map(({ operator, domain, inputs, outputs, attributes }) => ({
        input: inputs,
        output: outputs,
        name: `${operator}:${outputs[0]}`,
        opType: operator,
        domain,
        attribute: Object.entries(attributes).map(toAttribute),
      })),
      initializer: graph.constants.map(({ name, type, dims, bytes }) => ({
        dims,
        dataType: onnxTypes[type],
        name,
        rawData: bytes,
      })),
      input: graph.inputs.map(toValue),
      output: graph.outputs.map(toValue),
    },
  };
  return root.lookupType('ModelProto').encode(model).finish();
}
