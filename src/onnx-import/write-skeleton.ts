// Writes an .onnx file anew, its larger weights external: every field that is not about them goes
// over as the bytes that it was, so that nothing which we do not know is lost.
import Pbf from 'pbf';
import { onnxLimits } from './onnx-limits.ts';
import type { OnnxModel, OnnxTensor } from './onnx-model.ts';
import { enter, type Field, type Message, readFields, refuse, wires } from './protobuf.ts';
import { attributeFields, graphFields, nodeFields } from './read-graph.ts';
import { modelFields } from './read-onnx.ts';

/** Where the engine finds them (src/onnx). */
const weightsLocation = 'weights';

const modelDocument = 6;
const graphDocument = 10;

/** A tensor that moved: its bytes begin at `offset` of the weights. */
interface Moved {
  tensor: OnnxTensor;
  name: string;
  offset: number;
}

export interface SkeletonOptions {
  /** By the tensor's place. */
  moved: ReadonlyMap<string, Moved>;
  /** Outputs of the whole graph that stay. */
  outputs: ReadonlySet<string>;
}

/** @throws onnx/skeleton-size */
export function writeSkeleton(model: OnnxModel, options: SkeletonOptions): Uint8Array {
  const message: Message = { bytes: model.bytes, place: '' };
  const parts: Uint8Array[] = [];
  readFields(message, (field) => {
    const { number } = field;
    if (number === modelFields.training || number === modelDocument) return;
    if (number === modelFields.graph) {
      const graph = enter(message, field, 'graph');
      parts.push(...wrap(number, rewriteGraph(graph, { ...options, isWhole: true })));
    } else parts.push(copy(message, field));
  });
  const skeleton = Buffer.concat(parts);
  const most = onnxLimits.skeletonBytesMax;
  if (skeleton.length > most) {
    const why = `${skeleton.length} bytes beside its weights, at most ${most} (skeletonBytesMax)`;
    throw refuse('skeleton-size', '', why);
  }
  return skeleton;
}

const copy = ({ bytes }: Message, { start, end }: Field) => bytes.subarray(start, end);

/** A field of bytes, its head written anew. */
function wrap(number: number, content: Uint8Array): Uint8Array[] {
  const head = new Pbf();
  head.writeTag(number, wires.bytes);
  head.writeVarint(content.length);
  return [head.finish(), content];
}

interface GraphOptions extends SkeletonOptions {
  /** Not one within a node. */
  isWhole: boolean;
}

/** Places are made as read-graph.ts makes them. */
function rewriteGraph(graph: Message, options: GraphOptions): Uint8Array {
  const { moved, outputs, isWhole } = options;
  const parts: Uint8Array[] = [];
  const tensors: Moved[] = [];
  let [nodes, initializers] = [0, 0];
  readFields(graph, (field) => {
    const { number } = field;
    if (number === graphDocument) return;
    if (number === graphFields.node) {
      const node = enter(graph, field, `${graph.place}.node[${nodes++}]`);
      const constant = findConstant(node, moved);
      if (constant) tensors.push(constant);
      else if (hasGraphs(node)) parts.push(...wrap(number, rewriteNode(node, options)));
      else parts.push(copy(graph, field));
    } else if (number === graphFields.initializer) {
      const tensor = moved.get(`${graph.place}.initializer[${initializers++}]`);
      if (tensor) tensors.push(tensor);
      else parts.push(copy(graph, field));
    } else if (number === graphFields.output && isWhole) {
      if (outputs.has(nameOf(enter(graph, field, '')))) parts.push(copy(graph, field));
    } else parts.push(copy(graph, field));
  });
  for (const tensor of tensors) {
    parts.push(...wrap(graphFields.initializer, writeTensor(tensor)));
  }
  return Buffer.concat(parts);
}

/** ValueInfoProto's first field. */
function nameOf(value: Message): string {
  let name = '';
  readFields(value, ({ number, payload, end }) => {
    if (number === 1) name = new TextDecoder().decode(value.bytes.subarray(payload, end));
  });
  return name;
}

function findConstant(node: Message, moved: ReadonlyMap<string, Moved>): Moved | undefined {
  let attributes = 0;
  let found: Moved | undefined;
  readFields(node, ({ number }) => {
    if (number !== nodeFields.attribute) return;
    found ??= moved.get(`${node.place}.attribute[${attributes++}].t`);
  });
  return found;
}

function hasGraphs(node: Message): boolean {
  let found = false;
  readFields(node, (field) => {
    if (field.number !== nodeFields.attribute) return;
    readFields(enter(node, field, ''), ({ number }) => {
      found ||= number === attributeFields.graph || number === attributeFields.graphs;
    });
  });
  return found;
}

/** Only graphs within it change. */
function rewriteNode(node: Message, options: GraphOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  let attributes = 0;
  readFields(node, (field) => {
    if (field.number !== nodeFields.attribute) {
      parts.push(copy(node, field));
      return;
    }
    const attribute = enter(node, field, `${node.place}.attribute[${attributes++}]`);
    parts.push(...wrap(field.number, rewriteAttribute(attribute, options)));
  });
  return Buffer.concat(parts);
}

function rewriteAttribute(attribute: Message, options: GraphOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  let graphs = 0;
  readFields(attribute, (field) => {
    const { number } = field;
    if (number === attributeFields.graph || number === attributeFields.graphs) {
      const graph = enter(attribute, field, `${attribute.place}.g[${graphs++}]`);
      parts.push(...wrap(number, rewriteGraph(graph, { ...options, isWhole: false })));
    } else parts.push(copy(attribute, field));
  });
  return Buffer.concat(parts);
}

/** TensorProto: dims, data_type, name, external_data, data_location. */
function writeTensor({ tensor, name, offset }: Moved): Uint8Array {
  const writer = new Pbf();
  for (const length of tensor.shape) writer.writeVarintField(1, length);
  writer.writeVarintField(2, tensor.type);
  writer.writeStringField(8, name);
  const entries = { location: weightsLocation, offset: `${offset}`, length: `${tensor.bytes}` };
  for (const [key, value] of Object.entries(entries)) {
    const entry = new Pbf();
    entry.writeStringField(1, key);
    entry.writeStringField(2, value);
    writer.writeBytesField(13, entry.finish());
  }
  writer.writeVarintField(14, 1);
  return writer.finish();
}
