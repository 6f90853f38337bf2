// The mel filter bank that Whisper was trained with: librosa's default (Slaney's scale: linear below
// 1 kHz, logarithmic above; triangles of equal area), computed from its formula.

export interface MelFilter {
  /** The first frequency that it hears. */
  first: number;
  weights: Float64Array;
}

const linearHzPerMel = 200 / 3;
const bendHz = 1000;
const bendMel = bendHz / linearHzPerMel;
/** 27 steps from 1 kHz to 6.4 kHz. */
const logarithmicStep = Math.log(6.4) / 27;

function toMel(hz: number): number {
  if (hz < bendHz) return hz / linearHzPerMel;
  return bendMel + Math.log(hz / bendHz) / logarithmicStep;
}

function toHz(mel: number): number {
  if (mel < bendMel) return mel * linearHzPerMel;
  return bendHz * Math.exp((mel - bendMel) * logarithmicStep);
}

/** @param length of the transform: frequency k is k·rate/length Hz */
export function makeMelFilters(bands: number, length: number, rate: number): MelFilter[] {
  const top = toMel(rate / 2);
  const edges = Array.from({ length: bands + 2 }, (_, i) => toHz((top * i) / (bands + 1)));
  const frequencies = Array.from({ length: length / 2 + 1 }, (_, k) => (k * rate) / length);
  return Array.from({ length: bands }, (_, band) => {
    const [low, middle, high] = edges.slice(band, band + 3);
    const area = 2 / (high - low);
    const weights = frequencies.map((hz) => {
      const rising = (hz - low) / (middle - low);
      const falling = (high - hz) / (high - middle);
      return Math.max(0, Math.min(rising, falling)) * area;
    });
    const first = weights.findIndex((weight) => weight > 0);
    const last = weights.findLastIndex((weight) => weight > 0);
    return { first, weights: Float64Array.from(weights.slice(first, last + 1)) };
  });
}
