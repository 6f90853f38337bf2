// A request held against its model's ports, before it is taken and before it is run: what reaches
// onnxruntime-web has the names, types and shapes that the graph declares.
import { IdlewildError } from '#protocol/errors.ts';
import { checkShape, dtypeBytes, type TensorMap, type TensorValue } from '#protocol/tensor.ts';
import {
  type BoundedManifest,
  greedyOptional,
  type Port,
  requestPorts,
} from './bounded-manifest.ts';

/** Lengths of the named axes of one request. */
export type Axes = ReadonlyMap<string, number>;

function refuse(name: string, why: string): IdlewildError {
  return new IdlewildError('unit/request', `Input ${JSON.stringify(name.slice(0, 80))}: ${why}.`);
}

/**
 * Every input once, with its dtype (or its feed's), its number of dimensions, its fixed lengths and
 * the bytes of its shape; lengths of one name are equal across the request, and none is 0.
 * @returns what the named axes are
 * @throws unit/request, naming the input; tensor/malformed for a shape beyond the limits
 */
export function checkRequest(
  manifest: Pick<BoundedManifest, 'runner' | 'graphs'>,
  request: TensorMap,
): Axes {
  const ports = requestPorts(manifest);
  const optional = manifest.runner.kind === 'graph' ? [] : greedyOptional;
  const stranger = Object.keys(request).find((name) => !ports.some((port) => port.name === name));
  if (stranger !== undefined) {
    throw refuse(stranger, `the model has ${ports.map(({ name }) => name).join(', ')}`);
  }
  const axes = new Map<string, number>();
  for (const port of ports) {
    const { name } = port;
    if (Object.hasOwn(request, name)) checkPort(port, request[name], axes);
    else if (!optional.includes(name)) throw refuse(name, 'is missing');
  }
  return axes;
}

function checkPort(port: Port, tensor: TensorValue, axes: Map<string, number>): void {
  const { name, dtype, shape, feed } = port;
  if (tensor.dtype !== dtype && tensor.dtype !== feed?.dtype) {
    const wanted = feed ? `${dtype} or ${feed.dtype}` : dtype;
    throw refuse(name, `dtype ${tensor.dtype}, expected ${wanted}`);
  }
  const fits =
    tensor.shape.length === shape.length &&
    shape.every((length, at) => typeof length === 'string' || length === tensor.shape[at]);
  if (!fits) {
    const wanted = `[${shape.join(', ')}]`;
    throw refuse(name, `shape [${tensor.shape.join(', ')}], expected ${wanted}`);
  }
  // By the type that the graph takes: what comes as bytes may become four times as much.
  const elements = checkShape(tensor.shape, dtype, name) / dtypeBytes[dtype];
  if (elements === 0) throw refuse(name, 'a length is 0');
  const bytes = elements * dtypeBytes[tensor.dtype];
  if (tensor.data.length !== bytes) {
    throw refuse(name, `${tensor.data.length} bytes, expected ${bytes}`);
  }
  for (const [at, length] of shape.entries()) {
    if (typeof length !== 'string') continue;
    const known = axes.get(length) ?? tensor.shape[at];
    if (known !== tensor.shape[at]) {
      throw refuse(name, `${length} is ${tensor.shape[at]} here, and ${known} in another input`);
    }
    axes.set(length, known);
  }
}
