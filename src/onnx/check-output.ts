// What a model gives, against its manifest: sizes that the request decides before it is run, and the
// tensors themselves before anybody reads them.
import type { Port } from '#model/bounded-manifest.ts';
import type { Axes } from '#model/check-request.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { dtypeBytes, elementCount, type TensorValue } from '#protocol/tensor.ts';

/** The request is at fault, as `checkRequest` says it. */
export function refuseRequest(why: string): IdlewildError {
  return new IdlewildError('unit/request', why);
}

/**
 * Outputs whose size the request decides; an axis that it does not name counts once.
 * @throws unit/request
 */
export function checkOutputSizes(ports: readonly Port[], axes: Axes): void {
  for (const { name, dtype, shape } of ports) {
    const lengths = shape.map((axis) => (typeof axis === 'number' ? axis : (axes.get(axis) ?? 1)));
    checkBytes(name, elementCount(lengths) * dtypeBytes[dtype]);
  }
}

function checkBytes(name: string, bytes: number): void {
  const { tensorBytesMax } = limits;
  if (bytes <= tensorBytesMax) return;
  const most = `at most ${tensorBytesMax} (tensorBytesMax)`;
  throw refuseRequest(`Output ${name}: ${bytes} bytes, ${most}.`);
}

/** @throws onnx/output-shape, onnx/output-dtype, unit/request where it is too large */
export function checkOutput({ name, dtype, shape }: Port, tensor: TensorValue): void {
  checkBytes(name, tensor.data.length);
  if (tensor.dtype !== dtype) {
    const message = `Output ${name} is ${tensor.dtype}: the manifest says ${dtype}.`;
    throw new IdlewildError('onnx/output-dtype', message);
  }
  const fits =
    tensor.shape.length === shape.length &&
    shape.every((axis, at) => typeof axis === 'string' || axis === tensor.shape[at]);
  if (fits) return;
  const said = `[${tensor.shape.join(', ')}]: the manifest says [${shape.join(', ')}]`;
  throw new IdlewildError('onnx/output-shape', `Output ${name} is ${said}.`);
}
