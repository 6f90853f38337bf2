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

function sumWeights({ inputs, outputs, weight }: LinearWeights): Int32Array {
  return Int32Array.from({ length: outputs }, (_, n) =>
    weight.subarray(n * inputs, (n + 1) * inputs).reduce((sum, value) => sum + value, 0),
  );
}

/** [outputs][inputs] to [outputs / 8][(outliers + inputs) / 4][8][4], weight + 64. */
function packBytes(linear: LinearWeights, packed: Uint8Array): void {
  const { inputs, outputs, weight, outliers } = linear;
  const columns = Uint16Array.from([...outliers, ...Array(inputs).keys()]);
  assert(
    weight.every((value) => Math.abs(value) <= WEIGHT_MAX),
    `seven-bit weights lie in ±${WEIGHT_MAX}`,
  );
  let to = 0;
  for (let panel = 0; panel < outputs; panel += 8) {
    for (let k = 0; k < columns.length; k += 4) {
      for (let n = panel; n < panel + 8; n++) {
        for (let i = k; i < k + 4; i++) {
          packed[to++] = weight[n * inputs + columns[i]] + WEIGHT_OFFSET;
        }
      }
    }
  }
}
