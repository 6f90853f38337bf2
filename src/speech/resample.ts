// Another rate for one channel of sound, by a windowed sinc (Kaiser's window; Smith, "Digital Audio
// Resampling"): each output sample is a weighted sum of the inputs around its time, and the weights
// of one phase serve every output that falls between two inputs in the same way.

/** Zeros of the sinc on either side: how sharp the edge is. */
const crossings = 48;
/** Kaiser's shape: stops by 90 dB. */
const beta = 9;
/** The edge, as a share of the lower rate's half: below it, so that what folds over is stopped. */
const rolloff = 0.94;

/** Bessel's I0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const besselOfBeta = bessel(beta);

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

interface Phases {
  /** Inputs before and at an output's time, and as many after it. */
  half: number;
  /** Weights of each phase, 2·half of them. */
  weights: Float32Array[];
}

function makePhases(count: number, ratio: number): Phases {
  // Where the rate falls, the filter widens by as much as its edge falls.
  const edge = rolloff * Math.min(1, ratio);
  const reach = crossings / edge;
  const half = Math.ceil(reach);
  const weights = Array.from({ length: count }, (_, phase) => {
    const values = new Float64Array(2 * half);
    for (let i = 0; i < values.length; i++) {
      const time = i - (half - 1) - phase / count;
      const inside = 1 - (time / reach) ** 2;
      if (inside <= 0) continue;
      const angle = Math.PI * edge * time;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      values[i] = (sinc * bessel(beta * Math.sqrt(inside))) / besselOfBeta;
    }
    // A constant stays what it is, in every phase.
    const sum = values.reduce((total, value) => total + value, 0);
    return Float32Array.from(values, (value) => value / sum);
  });
  return { half, weights };
}

export interface ResampleOptions {
  /** Whole samples a second. */
  from: number;
  to: number;
  /** Awaited every few milliseconds of work. */
  pause(): void | Promise<void>;
}

/** Outputs between two pauses: about 20 ms where the rate falls from 48 kHz. */
const outputsPerPause = 16_384;

/** @returns as many samples as fit into the same time, the first at the same time */
export async function resample(
  samples: Float32Array<ArrayBuffer>,
  { from, to, pause }: ResampleOptions,
): Promise<Float32Array<ArrayBuffer>> {
  if (from === to) return samples;
  const divisor = greatestDivisor(from, to);
  const phaseCount = to / divisor;
  const step = from / divisor;
  const { half, weights } = makePhases(phaseCount, to / from);
  const output = new Float32Array(Math.ceil((samples.length * to) / from));
  for (let index = 0; index < output.length; index++) {
    if (index % outputsPerPause === outputsPerPause - 1) await pause();
    const position = index * step;
    const phase = position % phaseCount;
    const first = (position - phase) / phaseCount - (half - 1);
    const row = weights[phase];
    const begin = Math.max(0, -first);
    const end = Math.min(row.length, samples.length - first);
    let sum = 0;
    for (let i = begin; i < end; i++) sum += row[i] * samples[first + i];
    output[index] = sum;
  }
  return output;
}
