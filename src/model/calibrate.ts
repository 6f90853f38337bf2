// What the importer learns from calibration text: which input columns are outliers, and how much
// each column matters. Every sum here is one of integers in a fixed order: the same everywhere.
import type { LinearName } from './architecture.ts';
import type { EncoderWeights } from './encoder.ts';

/** Sees the Q12 rows that enter a linear layer (those of `down` before their offset). */
export type Observe = (input: LinearName, layer: number, rows: Int32Array[]) => void;

/** A forward pass of one row that shows its activations: the oracle, passed in by the importer. */
export type ObserveForward = (
  weights: EncoderWeights,
  tokens: Uint32Array,
  observe: Observe,
) => void;

/** Rows seen at one input, all alike in length. */
export type Samples = Int32Array[];

/** Adds one row's activations to the samples, which are named `part.layer`, such as `qkv.0`. */
export function collectSamples(
  weights: EncoderWeights,
  tokens: Uint32Array,
  forward: ObserveForward,
  samples: Map<string, Samples>,
): void {
  forward(weights, tokens, (input, layer, seen) => {
    const name = `${input}.${layer}`;
    const all = samples.get(name) ?? [];
    samples.set(name, all);
    for (const row of seen) all.push(row.slice());
  });
}

/** Mean square of each column. */
export function columnPower(samples: Samples): Float64Array {
  const power = new Float64Array(samples[0].length);
  for (const row of samples) {
    for (let k = 0; k < power.length; k++) power[k] += row[k] * row[k];
  }
  return power.map((sum) => sum / samples.length);
}

/**
 * The columns that most often and most highly stand above what their rows' maxima would be with
 * `count` columns fewer: it is squared maxima that the noise of int8 rows grows with.
 */
export function findOutliers(samples: Samples, count: number): Uint16Array {
  const columns = samples[0].length;
  const gain = new Float64Array(columns);
  for (const row of samples) {
    const level = row.map(Math.abs).sort()[Math.max(0, columns - 1 - count)];
    for (let k = 0; k < columns; k++) gain[k] += Math.max(0, row[k] * row[k] - level * level);
  }
  const order = Array.from(gain.keys()).sort((a, b) => gain[b] - gain[a] || a - b);
  return Uint16Array.from(order.slice(0, count).sort((a, b) => a - b));
}
