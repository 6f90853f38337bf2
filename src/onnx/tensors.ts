// Tensors of the wire as the runtime's, and back. The runtime's arrays are the host's, and every
// host that runs WebAssembly is little-endian, as the wire is.
import type { TypedTensor } from 'onnxruntime-web';
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { type Dtype, isDtype, type TensorValue } from '#protocol/tensor.ts';
import type { Runtime } from './load-runtime.ts';

/** A numeric tensor of the runtime's; it has texts too, which nothing here speaks. */
export type RuntimeTensor = TypedTensor<Dtype>;

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  // Its bits: not every engine has an array of halves, and the runtime takes these.
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** The bytes where they lie; a copy where they do not lie on a whole element. */
function aligned(data: Uint8Array, elementBytes: number): Uint8Array {
  return data.byteOffset % elementBytes === 0 ? data : data.slice();
}

export function toRuntime(runtime: Runtime, value: TensorValue): RuntimeTensor {
  const { dtype, shape } = value;
  const { BYTES_PER_ELEMENT } = arrays[dtype];
  const { buffer, byteOffset, length } = aligned(value.data, BYTES_PER_ELEMENT);
  const data = new arrays[dtype](buffer as ArrayBuffer, byteOffset, length / BYTES_PER_ELEMENT);
  return new runtime.Tensor(dtype as 'float32', data as Float32Array, shape) as RuntimeTensor;
}

/** A view of its bytes. @throws onnx/output-dtype */
export async function fromRuntime(tensor: RuntimeTensor, name: string): Promise<TensorValue> {
  const dtype: string = tensor.type;
  if (!isDtype(dtype)) {
    const message = `Output ${name} has type ${dtype}, which has no place on the wire.`;
    throw new IdlewildError('onnx/output-dtype', message);
  }
  const { buffer, byteOffset, byteLength } = (await tensor.getData(true)) as Float32Array;
  const data = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength) as Bytes;
  return { dtype, shape: [...tensor.dims], data };
}
