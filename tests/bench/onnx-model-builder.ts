// Collects the nodes and constants of an ONNX graph in the order of their making; equal constants
// are kept once, by name.
import { floatTensor, int64Tensor } from './onnx-model-tensors.ts';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './onnx-proto.ts';

type Attributes = Record<string, OnnxAttribute>;

export interface Builder {
  nodes: OnnxNode[];
  constants: OnnxTensor[];
  /** @returns the name of the node's one output */
  apply(operator: string, inputs: string[], attributes?: Attributes): string;
  /** The node that gives the graph's own output. */
  finish(operator: string, inputs: string[], options: Attributes & { output: string }): void;
  /** A constant in the graph's float type; [values.length] unless dims say otherwise. */
  floats(name: string, values: ArrayLike<number>, dims?: number[]): string;
  bytes(name: string, values: Uint8Array, dims: number[]): string;
  integers(name: string, values: number[]): string;
}

/** Operators of the domain com.microsoft; the rest are the standard's. */
const microsoft = new Set([
  'BiasGelu',
  'MatMulNBits',
  'MultiHeadAttention',
  'SkipLayerNormalization',
]);

export function createBuilder(float: 'float32' | 'float16'): Builder {
  const nodes: OnnxNode[] = [];
  const constants = new Map<string, OnnxTensor>();
  const keep = (name: string, make: () => OnnxTensor) => {
    if (!constants.has(name)) constants.set(name, make());
    return name;
  };
  const add = (
    operator: string,
    inputs: string[],
    node: Pick<OnnxNode, 'outputs' | 'attributes'>,
  ) =>
    nodes.push({
      operator,
      domain: microsoft.has(operator) ? 'com.microsoft' : '',
      inputs,
      ...node,
    });
  return {
    nodes,
    get constants() {
      return [...constants.values()];
    },
    apply(operator, inputs, attributes = {}) {
      const output = `${operator}_${nodes.length}`;
      add(operator, inputs, { outputs: [output], attributes });
      return output;
    },
    finish(operator, inputs, { output, ...attributes }) {
      add(operator, inputs, { outputs: [output], attributes });
    },
    floats: (name, values, dims = [values.length]) =>
      keep(name, () => floatTensor(name, dims, { values: Float32Array.from(values), type: float })),
    bytes: (name, values, dims) => keep(name, () => ({ name, type: 'uint8', dims, bytes: values })),
    integers: (name, values) => keep(name, () => int64Tensor(name, values)),
  };
}
