// The lane of plain SIMD, for every model: activations and weights in i16, whole.
import type { LinearWeights } from '#model/encoder.ts';
import { instantiateKernels, type PlainKernels } from './kernels.ts';
import { type Dense, type Lane, outlierMask, type Placer } from './lane.ts';
import type { Buffers } from './place-buffers.ts';

export async function openPlainLane(module: WebAssembly.Module): Promise<Lane> {
  const kernels = await instantiateKernels(module);
  return {
    kernels,
    place: (linear, placer, buffers) => placeDense(kernels, linear, placer, buffers),
    watch: () => () => true,
  };
}

function placeDense(
  kernels: PlainKernels,
  linear: LinearWeights,
  placer: Placer,
  { q, mantissas, exponents, sums }: Buffers,
): Dense {
  const { inputs, outputs, shift, outliers } = linear;
  const hasOutliers = outliers.length > 0;
  const mask = hasOutliers ? placer.copy(outlierMask(inputs, outliers)) : 0;
  const scale = placer.copy(linear.scale);
  const bias = placer.copy(linear.bias);
  const weight = placer.place(2 * inputs * outputs, ({ buffer, byteOffset }) => {
    packWeight(linear, new Int16Array(buffer, byteOffset, inputs * outputs));
  });
  return {
    inputs,
    outputs,
    hasOutliers,
    quantize: (x, rows) => kernels.quantizeRows(x, rows, inputs, mask, q, mantissas, exponents),
    activate(x, rows, tails) {
      kernels.activateRows(x, rows, inputs, tails, q, mantissas, exponents);
    },
    multiply(y, rows, isResidual) {
      const kernel = isResidual ? kernels.linearResidual : kernels.linear;
      kernel(q, mantissas, exponents, rows, weight, scale, bias, shift, inputs, outputs, sums, y);
    },
  };
}

/** [outputs][inputs] to [outputs / 8][inputs / 2][8][2], widened to i16. */
export function packWeight({ inputs, outputs, weight }: LinearWeights, packed: Int16Array): void {
  let to = 0;
  for (let panel = 0; panel < outputs; panel += 8) {
    for (let k = 0; k < inputs; k += 2) {
      let from = panel * inputs + k;
      for (let n = 0; n < 8; n++, from += inputs) {
        packed[to++] = weight[from];
        packed[to++] = weight[from + 1];
      }
    }
  }
}
