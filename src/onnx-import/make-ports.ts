// A file's inputs and outputs as ports of the manifest.
import type { Port } from '#model/bounded-manifest.ts';
import { limits } from '#protocol/limits.ts';
import { elementTypes, type OnnxGraph, type OnnxValue } from './onnx-model.ts';
import { refuse } from './protobuf.ts';

/** Old files list their weights among the inputs; those are none. */
export function makeInputs(graph: OnnxGraph): Port[] {
  const weights = new Set([...graph.initializers.map(({ name }) => name), ...graph.sparse]);
  const inputs = graph.inputs.filter(({ name }) => !weights.has(name));
  if (inputs.length === 0) throw refuse('ports', graph.place, 'it has no input');
  return inputs.map((value) => makePort(value, 'input'));
}

/**
 * @param choose of their names, those to keep; all of them otherwise
 * @throws onnx/ports, onnx/dtype
 */
export function makeOutputs(
  graph: OnnxGraph,
  choose: ((names: readonly string[]) => readonly string[]) | undefined,
): Port[] {
  const names = graph.outputs.map(({ name }) => name);
  const wanted = choose?.(names);
  const stranger = wanted?.find((name) => !names.includes(name));
  if (stranger !== undefined) {
    const why = `no output ${JSON.stringify(stranger)}: it has ${names.slice(0, 20).join(', ')}`;
    throw refuse('ports', graph.place, why);
  }
  const kept = graph.outputs.filter(({ name }) => !wanted || wanted.includes(name));
  return kept.map((value) => makePort(value, 'output'));
}

function makePort({ name, type, shape }: OnnxValue, what: string): Port {
  const place = `${what} ${JSON.stringify(name.slice(0, 80))}`;
  const dtype = type === null ? null : (elementTypes.get(type)?.dtype ?? null);
  if (dtype === null) throw refuse('dtype', place, 'its type has no place on the wire');
  // The runtime gives an output whatever rank it has; an input of any rank could not be checked.
  if (shape === null) throw refuse('ports', place, 'its number of dimensions is open');
  if (shape.length > limits.tensorDimensionsMax) {
    const most = limits.tensorDimensionsMax;
    throw refuse('ports', place, `more than ${most} dimensions (tensorDimensionsMax)`);
  }
  if (name.length > limits.tensorNameBytesMax || name === '__proto__') {
    throw refuse('ports', place, 'its name cannot be used');
  }
  return {
    name,
    dtype,
    shape: shape.map((length, axis) => nameAxis(length, name, axis)),
    feed: null,
  };
}

/** An axis without a name of its own is like no other; some exporters call each of them `?`. */
function nameAxis(length: number | string, port: string, axis: number): number | string {
  if (typeof length === 'number') return length;
  const isNamed = length !== '' && length !== '?' && length !== '__proto__';
  const name = isNamed ? length : `${port}.${axis}`;
  return name.slice(-limits.tensorNameBytesMax);
}
