// The lane of the relaxed dot, for seven-bit weights: activations in i8 with the outliers' high
// plane before them, weights as weight + 64, so that they are the dot's seven-bit operand.
import type { LinearWeights } from '#model/encoder.ts';
import { assert } from '#protocol/errors.ts';
import { instantiateKernels, type RelaxedKernels } from './kernels.ts';
import { placeKnownAnswers } from './known-answers.ts';
import { type Dense, type Lane, outlierMask, type Placer } from './lane.ts';
import type { Buffers } from './place-buffers.ts';

/** `fused` is the dot that adds: three times plain SIMD where CPU and engine know VNNI. */
export type RelaxedForm = 'pairs' | 'fused';

const WEIGHT_OFFSET = 64;
const WEIGHT_MAX = 63;
/** Shifted activations are stored as u - 128. */
const SHIFTED_OFFSET = 128;

export async function openRelaxedLane(
  module: WebAssembly.Module,
  form: RelaxedForm,
): Promise<Lane> {
  const kernels = await instantiateKernels<RelaxedKernels>(module);
  return {
    kernels,
    place: (linear, placer, buffers) =>
      placeDense({ kernels, isFused: form === 'fused' }, linear, placer, buffers),
    watch(placer) {
      const ask = placeKnownAnswers(kernels, placer);
      return () => ask(form);
    },
  };
}

interface Instance {
  kernels: RelaxedKernels;
  isFused: boolean;
}

function placeDense(
  { kernels, isFused }: Instance,
  linear: LinearWeights,
  placer: Placer,
  { q, terms, mantissas, exponents, sums }: Buffers,
): Dense {
  const { inputs, outputs, shift, outliers } = linear;
  const count = outliers.length;
  const hasOutliers = count > 0;
  const mask = hasOutliers ? placer.copy(outlierMask(inputs, outliers)) : 0;
  const list = hasOutliers ? placer.copy(outliers) : 0;
  const scale = placer.copy(linear.scale);
  const bias = placer.copy(linear.bias);
  const none = placer.copy(new Int32Array(outputs));
  const shiftedBase = placer.copy(sumWeights(linear).map((sum) => SHIFTED_OFFSET * sum));
  const weight = placer.place((count + inputs) * outputs, (bytes) => packBytes(linear, bytes));
  let base = none;
  return {
    inputs,
    outputs,
    hasOutliers,
    quantize(x, rows) {
      base = none;
      const out = [q, mantissas, exponents, terms] as const;
      kernels.quantizeBytes(x, rows, inputs, mask, list, count, ...out);
    },
    activate(x, rows, tails) {
      base = shiftedBase;
      kernels.activateBytes(x, rows, inputs, tails, q, mantissas, exponents, terms);
    },
    multiply(y, rows, isResidual) {
      const activations = [q, terms, mantissas, exponents, rows] as const;
      const weights = [weight, base, scale, bias, shift, count, inputs, outputs] as const;
      kernels.linearBytes(...activations, ...weights, sums, y, isResidual, isFused);
    },
  };
}

/** Plain loops here and below: with callbacks, ten million weights were 40 % of a visit's first work. */
function sumWeights({ inputs, outputs, weight }: LinearWeights): Int32Array {
  const sums = new Int32Array(outputs);
  for (let n = 0, at = 0; n < outputs; n++) {
    let sum = 0;
    for (const end = at + inputs; at < end; at++) sum += weight[at];
    sums[n] = sum;
  }
  return sums;
}

/** [outputs][inputs] to [outputs / 8][(outliers + inputs) / 4][8][4], weight + 64. */
export function packBytes(linear: LinearWeights, packed: Uint8Array): void {
  const { inputs, outputs, weight, outliers } = linear;
  const count = outliers.length;
  const quads = offsetQuads(weight);
  const panelWords = 8 * ((count + inputs) / 4);
  const words = new Uint32Array(packed.buffer, packed.byteOffset, packed.length / 4);
  for (let n = 0; n < outputs; n++) {
    let to = panelWords * (n >> 3) + (n & 7);
    for (let i = 0; i < count; i++) {
      packed[4 * (to + 8 * (i >> 2)) + (i & 3)] = weight[n * inputs + outliers[i]] + WEIGHT_OFFSET;
    }
    to += 2 * count;
    for (let at = (n * inputs) / 4, end = at + inputs / 4; at < end; at++, to += 8) {
      words[to] = quads[at];
    }
  }
}

/**
 * Four weights a word, each plus 64. Without a carry between them: a byte with its sign bit turned
 * is weight + 128, from which 64 is taken, and weights of seven bits are from 65 to 191 then. Any
 * other is seen: it leaves a byte of 0, or one above 127, and what it borrows is from a byte behind.
 */
function offsetQuads(weight: Int8Array): Uint32Array {
  const aligned = weight.byteOffset % 4 === 0 ? weight : weight.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, weight.length / 4);
  const quads = new Uint32Array(words.length);
  let seen = 0;
  for (let i = 0; i < words.length; i++) {
    const quad = (words[i] ^ 0x80808080) - 0x40404040;
    quads[i] = quad;
    seen |= quad | ((quad - 0x01010101) & ~quad);
  }
  assert((seen & 0x80808080) === 0, `seven-bit weights lie in ±${WEIGHT_MAX}`);
  return quads;
}
