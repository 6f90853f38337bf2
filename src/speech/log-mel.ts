// Sound as Whisper hears it: the logarithm of the power in 80 mel bands, a frame each 10 ms
// (Radford et al. 2022, section 2.2; whisper/audio.py). Frames are computed when a window asks for
// them, so that an hour of sound needs no more memory than its samples.
import { createFourier } from './fourier.ts';
import { makeMelFilters } from './mel-filters.ts';

export const sampleRate = 16_000;
export const melBands = 80;
/** Samples from one frame to the next, and frames a second. */
const hop = 160;
export const framesPerSecond = sampleRate / hop;
/** Frames of a window, 30 s. */
export const windowFrames = 3_000;

const frameSamples = 400;
const powerMin = 1e-10;
/** In powers of ten below the loudest: 80 dB. */
const range = 8;

export interface LogMel {
  /** Whole frames of the sound. */
  frames: number;
  /**
   * Frames from `first` on, then zeros, as Whisper fills a window that is not full.
   * @param count at most windowFrames
   * @returns [melBands, windowFrames], row-major
   */
  window(first: number, count: number): Float32Array<ArrayBuffer>;
}

const filters = makeMelFilters(melBands, frameSamples, sampleRate);
/** Hann's window, periodic. */
const hann = Float64Array.from(
  { length: frameSamples },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / frameSamples),
);

/** Frames between two pauses, a few milliseconds. */
const framesPerPause = 256;
/** Of sound no longer than this, 10 minutes, what was heard is kept: 38 MB at most. */
const keptFramesMax = 60_000;

/**
 * @param samples one channel at sampleRate
 * @param pause awaited every few milliseconds of work
 */
export async function createLogMel(
  samples: Float32Array,
  pause: () => void | Promise<void>,
): Promise<LogMel> {
  const fourier = createFourier(frameSamples);
  const frame = new Float64Array(frameSamples);
  const power = new Float64Array(frameSamples / 2 + 1);
  const bands = new Float64Array(melBands);

  /** Before the sound lies its mirror image, after it silence. */
  const sampleAt = (at: number) => samples[Math.abs(at)] ?? 0;

  function hear(index: number): Float64Array {
    const start = index * hop - frameSamples / 2;
    for (let i = 0; i < frameSamples; i++) frame[i] = sampleAt(start + i) * hann[i];
    fourier.power(frame, power);
    filters.forEach(({ first, weights }, band) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * power[first + i];
      bands[band] = Math.log10(Math.max(powerMin, sum));
    });
    return bands;
  }

  const frames = Math.floor(samples.length / hop);
  // The loudest of all is what the range hangs from; frames just past the end still hear the end.
  let loudest = Math.log10(powerMin);
  const kept = frames <= keptFramesMax ? new Float64Array(frames * melBands) : null;
  for (let index = 0; index < frames + frameSamples / hop; index++) {
    if (index % framesPerPause === framesPerPause - 1) await pause();
    hear(index);
    for (const value of bands) loudest = Math.max(loudest, value);
    if (index < frames) kept?.set(bands, index * melBands);
  }
  const heard = (index: number) =>
    kept?.subarray(index * melBands, (index + 1) * melBands) ?? hear(index);

  return {
    frames,
    window(first, count) {
      const values = new Float32Array(melBands * windowFrames);
      for (let index = 0; index < count; index++) {
        heard(first + index).forEach((value, band) => {
          values[band * windowFrames + index] = (Math.max(value, loudest - range) + 4) / 4;
        });
      }
      return values;
    },
  };
}
