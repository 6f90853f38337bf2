// Reads an .onnx file: graphs, nodes, values and weights, each checked against its limit as it
// goes. Any bytes give either a model or an IdlewildError `onnx/...` with the place.
import { IdlewildError } from '#protocol/errors.ts';
import { checkGraph } from './check-graph.ts';
import { onnxLimits } from './onnx-limits.ts';
import type { OnnxFunction, OnnxModel } from './onnx-model.ts';
import { enter, type Field, type Message, readFields, refuse, textOf } from './protobuf.ts';
import { type Counts, readGraph, readNode } from './read-graph.ts';
import { readEntry } from './read-tensor.ts';

/** ModelProto's fields. */
export const modelFields = {
  irVersion: 1,
  producer: 2,
  graph: 7,
  opset: 8,
  metadata: 14,
  training: 20,
  functions: 25,
} as const;
const irVersionMax = 1000;

/** @throws onnx/... */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  if (bytes.length > onnxLimits.fileBytesMax) {
    throw refuse('size', '', `${bytes.length} bytes, at most ${onnxLimits.fileBytesMax}`);
  }
  const message: Message = { bytes, place: '' };
  const model: Omit<OnnxModel, 'graph'> = {
    bytes,
    irVersion: 0,
    producer: '',
    opsets: new Map(),
    metadata: new Map(),
    functions: [],
  };
  const counts: Counts = { nodes: 0, weights: 0 };
  const graphs: Message[] = [];
  const most = onnxLimits.textBytesMax;
  readFields(message, (field) => {
    const { number } = field;
    if (number === modelFields.irVersion) model.irVersion = field.value;
    else if (number === modelFields.producer) {
      model.producer = textOf(message, field, { place: 'producer_name', most });
    } else if (number === modelFields.opset) readOpset(message, field, model.opsets);
    else if (number === modelFields.metadata) {
      readEntry(enter(message, field, 'metadata_props'), model.metadata);
    } else if (number === modelFields.graph) graphs.push(enter(message, field, 'graph'));
    else if (number === modelFields.functions) {
      const place = `functions[${model.functions.length}]`;
      if (model.functions.length >= onnxLimits.functionsMax) {
        throw refuse('size', place, `more than ${onnxLimits.functionsMax} (functionsMax)`);
      }
      model.functions.push(readFunction(enter(message, field, place), counts));
    }
  });
  if (graphs.length !== 1) throw notOnnx(graphs.length);
  if (model.irVersion < 1 || model.irVersion > irVersionMax) {
    throw refuse('malformed', 'ir_version', `${model.irVersion} is no version`);
  }
  if (!model.opsets.has('')) throw refuse('opset', 'opset_import', 'the standard one is missing');
  const graph = readGraph(graphs[0], { counts, depth: 0 });
  checkGraph(graph);
  return { ...model, graph };
}

function notOnnx(graphs: number): IdlewildError {
  return new IdlewildError('onnx/malformed', `The file has ${graphs} graphs; expected one.`, {
    metaMessages: ['Is it an .onnx file, and whole?'],
  });
}

/** OperatorSetIdProto. */
function readOpset(model: Message, field: Field, opsets: Map<string, number>): void {
  const message = enter(model, field, `opset_import[${opsets.size}]`);
  const { place } = message;
  let [domain, version] = ['', 0];
  readFields(message, (inner) => {
    if (inner.number === 1) {
      domain = textOf(message, inner, { place, most: onnxLimits.textBytesMax });
    } else if (inner.number === 2) version = inner.value;
  });
  if (!Number.isSafeInteger(version) || version < 1) {
    throw refuse('opset', place, `${version} is no version`);
  }
  if (opsets.size >= onnxLimits.opsetsMax) {
    throw refuse('size', place, `more than ${onnxLimits.opsetsMax} (opsetsMax)`);
  }
  opsets.set(domain === 'ai.onnx' ? '' : domain, version);
}

/** FunctionProto: operators that the file brings along; their own operators are checked as well. */
function readFunction(message: Message, counts: Counts): OnnxFunction {
  const { place } = message;
  const most = onnxLimits.textBytesMax;
  const made: OnnxFunction = { name: '', domain: '', nodes: [] };
  readFields(message, (field) => {
    if (field.number === 1) made.name = textOf(message, field, { place, most });
    else if (field.number === 10) made.domain = textOf(message, field, { place, most });
    else if (field.number === 7) {
      const at = `${place}.node[${made.nodes.length}]`;
      made.nodes.push(readNode(enter(message, field, at), { counts, depth: 0 }));
    }
  });
  return made;
}
