// Gives the encoder copies of the hidden units that a few outputs of `down` hang on: c copies, each
// with a c-th of the unit's weights, compute what the one did. A row's largest weight sets the step
// of all its weights, so that one weight of 7.9 among others below 0.4 (MiniLM's first layer) is
// most of what quantizing `down` costs. It touches floats only: to the arithmetic it is a wider model.
import { limits } from '#protocol/limits.ts';
import type { BertTensors, FloatLinear } from './bert-tensors.ts';
import type { EncoderConfig } from './encoder.ts';

/**
 * Of every layer, as many as keep the width a multiple of 16: 0.7 % of MiniLM's multiply-adds. With
 * them its least cosine to the float model on STS-B test is 0.9982 at 8 bits (0.9972 without).
 */
const COPIES = 16;

interface FloatParts {
  tensors: BertTensors;
  config: EncoderConfig;
}

/** @returns the same function of its inputs; the config is wider, where the limits allow it */
export function splitUnits<Parts extends FloatParts>(parts: Parts): Parts {
  const { tensors, config } = parts;
  const intermediateSize = config.intermediateSize + COPIES;
  if (intermediateSize > limits.intermediateSizeMax) return parts;
  const known = new Map<number, Int32Array>();
  const unitsOf = (layer: number): Int32Array => {
    const { gamma } = tensors.norm(layer, 'outputNorm');
    const units = known.get(layer) ?? chooseUnits(tensors.linear(layer, 'down').weight, gamma);
    known.set(layer, units);
    return units;
  };
  const linear: BertTensors['linear'] = (layer, part) => {
    const found = tensors.linear(layer, part);
    if (part === 'up') return copyOutputs(found, unitsOf(layer));
    if (part === 'down') return shareInputs(found, unitsOf(layer));
    return found;
  };
  return { ...parts, tensors: { ...tensors, linear }, config: { ...config, intermediateSize } };
}

/**
 * The unit of each wider column: all of them, then the copies. Each copy in turn goes to the unit
 * whose share, once more divided, takes most from the squared steps of all outputs.
 * @param weight of `down`, [gamma.length, units]
 * @param gamma what the norm behind multiplies each output by
 */
function chooseUnits(weight: Float32Array, gamma: Float32Array): Int32Array {
  const units = weight.length / gamma.length;
  const counts = new Int32Array(units).fill(1);
  const copies: number[] = [];
  while (copies.length < COPIES) {
    const gains = new Float64Array(units);
    gamma.forEach((factor, output) => {
      const row = weight.subarray(output * units, (output + 1) * units);
      const { unit, share, next } = findLargest(row, counts);
      const after = Math.max(next, (share * counts[unit]) / (counts[unit] + 1));
      gains[unit] += factor * factor * (share * share - after * after);
    });
    const best = gains.reduce((most, gain, unit) => (gain > gains[most] ? unit : most), 0);
    counts[best]++;
    copies.push(best);
  }
  return Int32Array.from([...counts.keys(), ...copies.sort((a, b) => a - b)]);
}

/** The unit of the largest share of a weight, that share, and the next largest. */
function findLargest(row: Float32Array, counts: Int32Array) {
  let [unit, share, next] = [0, -1, 0];
  for (let k = 0; k < row.length; k++) {
    const size = Math.abs(row[k]) / counts[k];
    if (size > share) {
      next = Math.max(share, 0);
      share = size;
      unit = k;
    } else if (size > next) next = size;
  }
  return { unit, share, next };
}

function copyOutputs({ weight, bias }: FloatLinear, units: Int32Array): FloatLinear {
  const inputs = weight.length / bias.length;
  const wider = new Float32Array(units.length * inputs);
  units.forEach((unit, at) => {
    wider.set(weight.subarray(unit * inputs, (unit + 1) * inputs), at * inputs);
  });
  return { weight: wider, bias: Float32Array.from(units, (unit) => bias[unit]) };
}

function shareInputs({ weight, bias }: FloatLinear, units: Int32Array): FloatLinear {
  const inputs = weight.length / bias.length;
  const counts = new Int32Array(inputs);
  for (const unit of units) counts[unit]++;
  const wider = new Float32Array(bias.length * units.length);
  for (let output = 0; output < bias.length; output++) {
    units.forEach((unit, at) => {
      wider[output * units.length + at] = weight[output * inputs + unit] / counts[unit];
    });
  }
  return { weight: wider, bias };
}
