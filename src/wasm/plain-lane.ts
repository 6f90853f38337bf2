// The lane of plain SIMD, for every model: activations in i16, weights in i8, of which the kernels
// make what Strassen's seven products take.
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
  { q, quarters, mantissas, exponents, panels, products }: Buffers,
): Dense {
  const { inputs, outputs, shift, outliers } = linear;
  const hasOutliers = outliers.length > 0;
  const mask = hasOutliers ? placer.copy(outlierMask(inputs, outliers)) : 0;
  const scale = placer.copy(linear.scale);
  const bias = placer.copy(linear.bias);
  const weight = placer.place(inputs * outputs, (bytes) => packWeight(linear, bytes));
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
      const activations = [q, quarters, mantissas, exponents, rows] as const;
      const weights = [weight, scale, bias, shift, inputs, outputs] as const;
      kernel(...activations, ...weights, panels, products, y);
    },
  };
}

/**
 * [outputs][inputs] to i8 [outputs / 16][inputs / 4][4][8][2]: two inputs of eight columns of each
 * quarter, side by side.
 */
export function packWeight({ inputs, outputs, weight }: LinearWeights, packed: Uint8Array): void {
  const right = (outputs / 2) * inputs;
  const lower = inputs / 2;
  const quarters = [0, right, lower, right + lower];
  let to = 0;
  for (let column = 0; column < outputs / 2; column += 8) {
    for (let k = 0; k < lower; k += 2) {
      for (const quarter of quarters) {
        for (let n = column; n < column + 8; n++) {
          const at = quarter + n * inputs + k;
          packed[to++] = weight[at];
          packed[to++] = weight[at + 1];
        }
      }
    }
  }
}
