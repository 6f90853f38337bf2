// Requests for tests: tensors of numbers, and of a reproducible noise that looks like what a model
// is made for.
import type { TensorMap, TensorValue } from '#protocol/tensor.ts';

export function floats(shape: number[], values: ArrayLike<number>): TensorValue {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return { dtype: 'float32', shape, data };
}

export function integers(values: number[]): TensorValue {
  const data = new Uint8Array(Int32Array.from(values).buffer);
  return { dtype: 'int32', shape: [values.length], data };
}

export function long(value: number): TensorValue {
  return {
    dtype: 'int64',
    shape: [1],
    data: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
  };
}

/** Rows of 24 for the tiny model. */
export function waves(rows: number, seed = 1): TensorMap {
  const values = Float32Array.from({ length: rows * 24 }, (_, at) => Math.cos(at * 0.9 + seed));
  return { x: floats([rows, 24], values) };
}

/** A line of 48 pixels' height with strokes across it. */
export function strokes(width: number, seed = 1): TensorMap {
  const values = Float32Array.from({ length: 3 * 48 * width }, (_, at) => {
    const x = at % width;
    const y = Math.floor(at / width) % 48;
    const isInk = y > 8 && y < 40 && (x * seed + ((y >> 3) % 3)) % 11 < 4;
    return isInk ? -1 : 1;
  });
  return { x: floats([1, 3, 48, width], values) };
}

/** Something like the log-mel spectrogram of a few tones. */
export function tones(seed = 1): TensorValue {
  const values = Float32Array.from({ length: 80 * 3000 }, (_, at) => {
    const [bin, frame] = [Math.floor(at / 3000), at % 3000];
    const tone = Math.sin((bin + seed) * 0.7 + Math.sin(frame * 0.02 * seed) * 3);
    return frame < 900 ? tone : -0.6;
  });
  return floats([1, 80, 3000], values);
}

/** What Whisper takes for a few words. */
export function hum(): TensorValue {
  const values = Float32Array.from({ length: 80 * 3000 }, (_, at) => Math.sin(at) * 0.5);
  return floats([1, 80, 3000], values);
}
