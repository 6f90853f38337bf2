// A model's arrays against its configuration, before anything is placed: a short array would let
// one tensor be read as another. Loaders check manifests themselves; this is the last look.
import { encoderTensors, findConfigFault } from '#model/architecture.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { listEncoder } from '#model/list-encoder.ts';
import { assert } from '#protocol/errors.ts';

/** @throws internal/assertion naming the field or the tensor */
export function checkEncoder(weights: EncoderWeights): void {
  const { config } = weights;
  const fault = findConfigFault(config);
  assert(!fault, `config.${fault?.field}: ${fault?.why}`);
  assert(weights.layers.length === config.layers, 'as many layers as the config says');
  const { arrays } = listEncoder(weights);
  const tensors = encoderTensors(config);
  assert(arrays.size === tensors.length, 'no array that the config does not ask for');
  for (const { name, shape } of tensors) {
    const length = shape.reduce((product, size) => product * size, 1);
    assert(arrays.get(name)?.length === length, `${name} has ${length} values`);
  }
}
