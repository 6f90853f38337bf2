// Which tensors of a file move out of it into shards: initializers and the values of Constants, of
// every graph within, in the file's order. Small ones stay, since shapes are inferred from them.
import type { OnnxGraph, OnnxTensor } from './onnx-model.ts';

/** Onnxruntime reads shapes, axes and the like only where they are inline. */
const inlineBytesMax = 1023;

export interface Weight {
  tensor: OnnxTensor;
  /** As the graph calls it: a Constant's tensor has its output's name. */
  name: string;
}

export function listWeights(graph: OnnxGraph): Weight[] {
  const weights: Weight[] = [];
  const isMoved = ({ source, bytes }: OnnxTensor) =>
    source.kind === 'external' || (source.kind !== 'text' && bytes > inlineBytesMax);
  for (const tensor of graph.initializers) {
    if (isMoved(tensor)) weights.push({ tensor, name: tensor.name });
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) {
    const { constant } = node;
    const [name] = node.outputs;
    // One that is an output itself must stay a node.
    const isFree = constant?.source.kind === 'external' || !outputs.has(name);
    if (constant && name && isFree && isMoved(constant)) weights.push({ tensor: constant, name });
    for (const inner of node.graphs) weights.push(...listWeights(inner));
  }
  return weights;
}

/** Every tensor of a graph and of those within it: each is to be whole, moved or not. */
export function listTensors(graph: OnnxGraph): OnnxTensor[] {
  return [
    ...graph.initializers,
    ...graph.nodes.flatMap((node) => [
      ...(node.constant ? [node.constant] : []),
      ...node.graphs.flatMap(listTensors),
    ]),
  ];
}
