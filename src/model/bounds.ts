// Proves from the weights alone that no sum of the norm can leave 32 bits, whatever the input
// (docs/exact-arithmetic.md, section 7). The importer and every loader of a model call it.
import { IdlewildError } from '#protocol/errors.ts';
import { ATTENTION_BIAS_MAX, DOWN_OFFSET } from './architecture.ts';
import type { EncoderWeights, LinearWeights, NormWeights } from './encoder.ts';

const ACTIVATION_MAX = 2 ** 21 - 1;
const WORD = 2 ** 31;

function refuse(tensor: string, index: number, why: string): IdlewildError {
  return new IdlewildError('model/overflow', `${tensor}, output ${index}: ${why}.`, {
    metaMessages: ['The weights could overflow 32 bits, so no backend could promise the bytes.'],
  });
}

/**
 * For each output: |input| · Σ|real weight| + |bias| < 2^31. Quantized inputs exceed real ones by
 * less than 1/128 (half a step, and the rounding of m); mulhi(m, scale) exceeds the product by
 * less than one unit of scale, since m ≥ 2^15.
 */
function proveLinear(name: string, linear: LinearWeights, offset = 0): void {
  const { inputs, outputs, weight, scale, shift, bias } = linear;
  const steps = offset > 0 ? 255 : 127;
  const input = (ACTIVATION_MAX + offset) * (129 / 128) * steps;
  for (let n = 0; n < outputs; n++) {
    let norm = 0;
    for (let k = 0, at = n * inputs; k < inputs; k++, at++) norm += Math.abs(weight[at]);
    const most = (input * norm * (scale[n] + 1)) / 2 ** shift + Math.abs(bias[n]) + 1;
    if (most >= WORD) throw refuse(name, n, `may reach ${most}, beyond 2^31`);
  }
}

/** |u| is below 2^25 (Q24, at most 1 in truth), so |u·gamma| · 2^-shift + |beta| must fit. */
function proveNorm(name: string, { gamma, shift, beta }: NormWeights): void {
  for (let n = 0; n < gamma.length; n++) {
    const most = Math.abs(gamma[n]) * 2 ** (25 - shift) + Math.abs(beta[n]) + 1;
    if (most >= WORD) throw refuse(name, n, `may reach ${most}, beyond 2^31`);
  }
}

function proveWithin(name: string, values: Int32Array, most: number): void {
  const at = values.findIndex((value) => Math.abs(value) > most);
  if (at >= 0) throw refuse(name, at, `${values[at]} is beyond ${most}`);
}

/** @throws model/overflow naming the tensor and its output */
export function proveBounds({ embeddings, attentionBias, layers, dense }: EncoderWeights): void {
  proveWithin('embeddings.positions', embeddings.positions, WORD / 2);
  proveNorm('embeddings.norm', embeddings.norm);
  if (attentionBias) proveWithin('attention.bias', attentionBias, ATTENTION_BIAS_MAX);
  layers.forEach((layer, index) => {
    const name = `layers.${index}`;
    proveLinear(`${name}.qkv`, layer.qkv);
    proveLinear(`${name}.output`, layer.output);
    proveNorm(`${name}.attentionNorm`, layer.attentionNorm);
    proveLinear(`${name}.up`, layer.up);
    proveLinear(`${name}.down`, layer.down, DOWN_OFFSET);
    proveNorm(`${name}.outputNorm`, layer.outputNorm);
  });
  if (dense) proveLinear('dense', dense);
}
