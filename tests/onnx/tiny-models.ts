// Models of a few operators, made here: small enough for a GPU in software, and hostile where a test
// wants them so.
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import { encodeOnnx, type OnnxGraph, type OnnxNode } from '../bench/onnx-proto.ts';
import { port, type WholeModel, wholeModel } from './whole-model.ts';

export const node = (
  operator: string,
  inputs: string[],
  output: string,
  attributes: OnnxNode['attributes'] = {},
): OnnxNode => ({ operator, domain: '', inputs, outputs: [output], attributes });

export const floatBytes = (values: ArrayLike<number>) =>
  new Uint8Array(Float32Array.from(values).buffer);

export function encodeGraph(graph: Pick<OnnxGraph, 'nodes' | 'constants' | 'inputs' | 'outputs'>) {
  return encodeOnnx({ name: 'tiny', domains: { '': 17 }, ...graph });
}

export const tinySize = 24;

/** A layer of 24 and a softmax over it: x is [rows, 24], y as well. */
function tinyGraph(): Uint8Array {
  const weights = Float32Array.from({ length: tinySize * tinySize }, (_, at) =>
    Math.sin(at * 1.7 + 0.3),
  );
  return encodeGraph({
    nodes: [
      node('MatMul', ['x', 'w'], 'h'),
      node('Relu', ['h'], 'r'),
      node('Softmax', ['r'], 'y', { axis: 1 }),
    ],
    constants: [
      { name: 'w', type: 'float32', dims: [tinySize, tinySize], bytes: floatBytes(weights) },
    ],
    inputs: [{ name: 'x', type: 'float32', dims: ['rows', tinySize] }],
    outputs: [{ name: 'y', type: 'float32', dims: ['rows', tinySize] }],
  });
}

const closeness = { absolute: 1e-5, relative: 1e-4, cosine: 0.9999 };

export function tinyModel(changes: Partial<BoundedManifest['graphs'][string]> = {}): WholeModel {
  const graph = {
    bytes: tinyGraph(),
    inputs: [port('x', 'float32', ['rows', tinySize])],
    outputs: [port('y', 'float32', ['rows', tinySize])],
  };
  const compare = { kind: 'close', outputs: { y: closeness } } as const;
  return wholeModel({ model: { ...graph, ...changes } }, { compare });
}

/** An output as long as its input says: n, an int64, becomes n zeroes. */
export function hugeModel(): WholeModel {
  const bytes = encodeGraph({
    nodes: [node('ConstantOfShape', ['n'], 'y')],
    constants: [],
    inputs: [{ name: 'n', type: 'int64', dims: [1] }],
    outputs: [{ name: 'y', type: 'float32', dims: ['length'] }],
  });
  return wholeModel({
    model: {
      bytes,
      inputs: [port('n', 'int64', [1])],
      outputs: [port('y', 'float32', ['length'])],
    },
  });
}
