// Reads a GraphProto and what is in it, graphs within nodes included.
import { onnxLimits } from './onnx-limits.ts';
import {
  elementTypes,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './onnx-model.ts';
import { enter, type Field, type Message, readFields, refuse, textOf } from './protobuf.ts';
import { readTensor } from './read-tensor.ts';

const { depthMax, nodesMax, weightsMax, valuesMax, attributesMax, textBytesMax } = onnxLimits;
const most = textBytesMax;

/** Fields of GraphProto, NodeProto and AttributeProto. */
export const graphFields = {
  node: 1,
  initializer: 5,
  input: 11,
  output: 12,
  sparse: 15,
} as const;
export const nodeFields = {
  input: 1,
  output: 2,
  name: 3,
  operator: 4,
  attribute: 5,
  domain: 7,
} as const;
export const attributeFields = { name: 1, tensor: 5, graph: 6, tensors: 10, graphs: 11 } as const;

/** Of the whole file. */
export interface Counts {
  nodes: number;
  weights: number;
}

export interface Scope {
  counts: Counts;
  depth: number;
}

/** @throws onnx/... */
export function readGraph(message: Message, scope: Scope): OnnxGraph {
  const { place } = message;
  if (scope.depth > depthMax) throw refuse('depth', place, `deeper than ${depthMax} (depthMax)`);
  const graph: OnnxGraph = {
    nodes: [],
    initializers: [],
    sparse: [],
    inputs: [],
    outputs: [],
    place,
  };
  readFields(message, (field) => {
    const { number } = field;
    if (number === graphFields.node) {
      const at = `${place}.node[${graph.nodes.length}]`;
      graph.nodes.push(readNode(enter(message, field, at), scope));
    } else if (number === graphFields.initializer) {
      const at = `${place}.initializer[${graph.initializers.length}]`;
      countWeight(scope.counts, at);
      graph.initializers.push(readTensor(enter(message, field, at)));
    } else if (number === graphFields.input) addValue(graph.inputs, message, field, 'input');
    else if (number === graphFields.output) addValue(graph.outputs, message, field, 'output');
    else if (number === graphFields.sparse) {
      countWeight(scope.counts, `${place}.sparse_initializer`);
      graph.sparse.push(readSparse(enter(message, field, `${place}.sparse_initializer`)));
    }
  });
  return graph;
}

function countWeight(counts: Counts, place: string): void {
  counts.weights++;
  if (counts.weights > weightsMax) throw refuse('size', place, `more than ${weightsMax} weights`);
}

function addValue(values: OnnxValue[], graph: Message, field: Field, what: string): void {
  const place = `${graph.place}.${what}[${values.length}]`;
  if (values.length >= valuesMax) throw refuse('size', place, `more than ${valuesMax} (valuesMax)`);
  values.push(readValue(enter(graph, field, place)));
}

/** @throws onnx/... */
export function readNode(message: Message, scope: Scope): OnnxNode {
  const { place } = message;
  const { counts } = scope;
  counts.nodes++;
  if (counts.nodes > nodesMax) throw refuse('size', place, `more than ${nodesMax} (nodesMax)`);
  const node: OnnxNode = {
    name: '',
    operator: '',
    domain: '',
    inputs: [],
    outputs: [],
    graphs: [],
    constant: null,
    place,
  };
  const attributes: Message[] = [];
  readFields(message, (field) => {
    const { number } = field;
    if (number === nodeFields.input) addName(node.inputs, message, field);
    else if (number === nodeFields.output) addName(node.outputs, message, field);
    else if (number === nodeFields.name) node.name = textOf(message, field, { place, most });
    else if (number === nodeFields.operator) {
      node.operator = textOf(message, field, { place, most });
    } else if (number === nodeFields.domain) {
      const domain = textOf(message, field, { place, most });
      node.domain = domain === 'ai.onnx' ? '' : domain;
    } else if (number === nodeFields.attribute) {
      attributes.push(enter(message, field, `${place}.attribute[${attributes.length}]`));
    }
  });
  if (node.operator === '') throw refuse('malformed', place, 'a node without an operator');
  if (attributes.length > attributesMax) {
    throw refuse('size', place, `more than ${attributesMax} attributes (attributesMax)`);
  }
  for (const attribute of attributes) readAttribute(attribute, node, scope);
  return node;
}

function addName(names: string[], message: Message, field: Field): void {
  const { place } = message;
  if (names.length >= valuesMax) throw refuse('size', place, `more than ${valuesMax} (valuesMax)`);
  names.push(textOf(message, field, { place, most }));
}

function readAttribute(message: Message, node: OnnxNode, scope: Scope): void {
  const { place } = message;
  let name = '';
  let graphs = 0;
  const tensors: OnnxTensor[] = [];
  readFields(message, (field) => {
    const { number } = field;
    if (number === attributeFields.name) name = textOf(message, field, { place, most });
    else if (number === attributeFields.graph || number === attributeFields.graphs) {
      const graph = enter(message, field, `${place}.g[${graphs++}]`);
      node.graphs.push(readGraph(graph, { counts: scope.counts, depth: scope.depth + 1 }));
    } else if (number === attributeFields.tensor || number === attributeFields.tensors) {
      countWeight(scope.counts, place);
      tensors.push(readTensor(enter(message, field, `${place}.t`)));
    }
  });
  // The name may stand behind what it names.
  if (isConstant(node) && name === 'value' && tensors.length === 1) node.constant = tensors[0];
  else if (tensors.some(({ source }) => source.kind === 'external')) {
    throw refuse('external', place, 'only initializers and constants may be external');
  }
}

function isConstant({ operator, domain }: OnnxNode): boolean {
  return operator === 'Constant' && domain === '';
}

/** SparseTensorProto: its values' name is the initializer's. */
function readSparse(message: Message): string {
  let name = '';
  readFields(message, (field) => {
    if (field.number > 2) return;
    const tensor = readTensor(enter(message, field, message.place));
    if (tensor.source.kind === 'external') {
      throw refuse('external', message.place, 'a sparse initializer may not be external');
    }
    if (field.number === 1) name = tensor.name;
  });
  return name;
}

/** ValueInfoProto. */
function readValue(message: Message): OnnxValue {
  const { place } = message;
  const value: OnnxValue = { name: '', type: null, shape: null };
  readFields(message, (field) => {
    if (field.number === 1) value.name = textOf(message, field, { place, most });
    else if (field.number === 2) readType(enter(message, field, `${place}.type`), value);
  });
  if (value.name === '') throw refuse('malformed', place, 'a value without a name');
  return value;
}

/** TypeProto: a tensor's (1); others are left open, and refused where they would be ports. */
function readType(message: Message, value: OnnxValue): void {
  readFields(message, (field) => {
    if (field.number !== 1) return;
    const tensor = enter(message, field, message.place);
    readFields(tensor, (inner) => {
      if (inner.number === 1) value.type = inner.value;
      else if (inner.number === 2) value.shape = readShape(enter(tensor, inner, tensor.place));
    });
  });
  if (value.type !== null && !elementTypes.has(value.type)) {
    throw refuse('dtype', message.place, `the type ${value.type} is unknown`);
  }
}

/** TensorShapeProto. A length that is not given is open; so is -1, as some write it. */
function readShape(message: Message): (number | string)[] {
  const { place } = message;
  const shape: (number | string)[] = [];
  readFields(message, (field) => {
    if (field.number !== 1) return;
    if (shape.length >= onnxLimits.dimensionsMax) {
      throw refuse('shape', place, `more than ${onnxLimits.dimensionsMax} (dimensionsMax)`);
    }
    const dimension = enter(message, field, place);
    let length: number | string = '';
    readFields(dimension, (inner) => {
      if (inner.number === 1) length = inner.value;
      else if (inner.number === 2) length = textOf(dimension, inner, { place, most });
    });
    shape.push(checkLength(length, place));
  });
  return shape;
}

function checkLength(length: number | string, place: string): number | string {
  if (typeof length === 'string' || length === -1) return length === -1 ? '' : length;
  const isLength = Number.isSafeInteger(length) && length >= 0 && length <= onnxLimits.lengthMax;
  if (isLength) return length;
  throw refuse('shape', place, `a length of ${length}, expected 0 to ${onnxLimits.lengthMax}`);
}
