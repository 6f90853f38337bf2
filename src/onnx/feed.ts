// A float input that travels as bytes: an image is four times smaller so. The manifest says how bytes
// become floats, in two roundings that every engine does alike.
import type { Port } from '#model/bounded-manifest.ts';
import { elementCount, type TensorValue } from '#protocol/tensor.ts';

/** The tensor that the graph takes: float32 of the same shape where the request brought bytes. */
export function applyFeed({ feed }: Port, tensor: TensorValue): TensorValue {
  if (!feed || tensor.dtype !== feed.dtype) return tensor;
  const { shape, data } = tensor;
  const { axis, scale, offset } = feed;
  const inner = elementCount(shape.slice(axis + 1));
  const count = shape[axis];
  const values = new Float32Array(data.length);
  for (let start = 0, index = 0; start < values.length; start += inner, index++) {
    // One for all, or one for each along the axis.
    const factor = scale[scale.length === 1 ? 0 : index % count];
    const summand = offset[offset.length === 1 ? 0 : index % count];
    const end = start + inner;
    for (let at = start; at < end; at++) {
      values[at] = Math.fround(data[at] * factor) + summand;
    }
  }
  return { dtype: 'float32', shape, data: new Uint8Array(values.buffer) };
}
