// A small graph whose answer is known: a convolution of odd sides and stride 2, a product of matrices
// that fills no tile, and a softmax over it. Cut as the importer cuts, its weights outside of the
// skeleton; tests/onnx/self-test.test.ts makes it again.
import { BOUNDED_FORMAT, type BoundedManifest, type Port } from '#model/bounded-manifest.ts';
import type { Bytes } from '#protocol/bytes.ts';
import type { TensorMap } from '#protocol/tensor.ts';

export const sizes = { channels: 3, height: 11, width: 9, kernels: 16, columns: 37 } as const;
const { channels, height, width, kernels, columns } = sizes;
const side = 3;
/** Of the convolution's output: stride 2, and a border of one zero. */
const rows = Math.ceil(height / 2);
const across = Math.ceil(width / 2);
const places = rows * across;

/** Eighths and the like, which every float holds: -63/64 to 63/64. */
function makeValues(count: number, step: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, at) => (((at + 1) * step) % 127) / 64 - 63 / 64);
}

const image = makeValues(channels * height * width, 29);
export const kernel = makeValues(kernels * channels * side * side, 37);
export const bias = Float32Array.from({ length: kernels }, (_, at) => (at - 8) / 16);
export const matrix = makeValues(places * columns, 53);
export const shapes = {
  kernel: [kernels, channels, side, side],
  flat: [kernels, places],
  matrix: [places, columns],
};

/** The .onnx file without its weights. */
const skeleton = [
  'CAgSDmlkbGV3aWxkLWJlbmNoOsYECksKBWltYWdlCgZrZXJuZWwKBGJpYXMSAWMaBkNvbnY6YyIEQ29udioQCgdz',
  'dHJpZGVzQgICAqABByoPCgRwYWRzQgQBAQEBoAEHOgAKFgoBYxIBchoGUmVsdTpyIgRSZWx1OgAKIgoBcgoEZmxh',
  'dBIBZhoJUmVzaGFwZTpmIgdSZXNoYXBlOgAKKAoBZgoGbWF0cml4EgRzdW1zGgtNYXRNdWw6c3VtcyIGTWF0TXVs',
  'OgAKNgoEc3VtcxIGc2hhcmVzGg5Tb2Z0bWF4OnNoYXJlcyIHU29mdG1heCoLCgRheGlzGAGgAQI6ABIJc2VsZi10',
  'ZXN0Kk0KARAQAUIEYmlhc0pAAAAAvwAA4L4AAMC+AACgvgAAgL4AAEC+AAAAvgAAgL0AAAAAAACAPQAAAD4AAEA+',
  'AACAPgAAoD4AAMA+AADgPiodCgECEAdCBGZsYXRKEBAAAAAAAAAAHgAAAAAAAABaHwoFaW1hZ2USFgoUCAESEAoC',
  'CAEKAggDCgIICwoCCAliFgoEc3VtcxIOCgwIARIICgIIEAoCCCViGAoGc2hhcmVzEg4KDAgBEggKAggQCgIIJSpG',
  'CBAIAwgDCAMQAUIGa2VybmVsahMKCGxvY2F0aW9uEgd3ZWlnaHRzagsKBm9mZnNldBIBMGoOCgZsZW5ndGgSBDE3',
  'MjhwASpFCB4IJRABQgZtYXRyaXhqEwoIbG9jYXRpb24SB3dlaWdodHNqDgoGb2Zmc2V0EgQxNzI4ag4KBmxlbmd0',
  'aBIENDQ0MHABQgQKABAR',
].join('');

const port = (name: string, shape: number[]): Port => ({
  name,
  dtype: 'float32',
  shape,
  feed: null,
});

function decodeBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function joinWeights(): Bytes {
  const bytes = new Uint8Array(kernel.byteLength + matrix.byteLength);
  bytes.set(new Uint8Array(kernel.buffer));
  bytes.set(new Uint8Array(matrix.buffer), kernel.byteLength);
  return bytes;
}

/** Its shards: the skeleton, and the weights. */
export const shards: readonly Bytes[] = [decodeBase64(skeleton), joinWeights()];

const [skeletonRange, weightsRange] = shards.map(({ length: bytes }, shard) => {
  return { shard, offset: 0, bytes };
});

export const manifest: BoundedManifest = {
  format: BOUNDED_FORMAT,
  name: 'self-test',
  licence: 'Apache-2.0',
  opset: 17,
  producer: 'idlewild',
  graphs: {
    model: {
      inputs: [port('image', [1, channels, height, width])],
      outputs: [port('sums', [kernels, columns]), port('shares', [kernels, columns])],
      skeleton: [skeletonRange],
      weights: [weightsRange],
    },
  },
  runner: { kind: 'graph' },
  shards: shards.map(({ length: bytes }) => ({ sha256: '', bytes })),
  files: {},
  compare: { kind: 'close', outputs: {} },
  measured: { ways: [], requests: 0, margin: 1, spread: {} },
  backends: { wasm: { fallback: [] }, webgpu: { fallback: [] } },
  batching: 'unsupported',
  cost: { perRequest: 1, perElement: null, example: {} },
};

export const request: TensorMap = {
  image: {
    dtype: 'float32',
    shape: [1, channels, height, width],
    data: new Uint8Array(image.buffer),
  },
};

function convolve(): Float64Array {
  const found = new Float64Array(kernels * places);
  for (const at of found.keys()) {
    const [one, y, x] = [Math.floor(at / places), Math.floor(at / across) % rows, at % across];
    let sum = bias[one];
    for (let tap = 0; tap < channels * side * side; tap++) {
      const channel = Math.floor(tap / (side * side));
      const row = 2 * y + (Math.floor(tap / side) % side) - 1;
      const column = 2 * x + (tap % side) - 1;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      const pixel = image[(channel * height + row) * width + column];
      sum += pixel * kernel[one * channels * side * side + tap];
    }
    found[at] = Math.max(0, sum);
  }
  return found;
}

/** In doubles, which no backend computes in. */
export function knownAnswer(): { sums: Float64Array; shares: Float64Array } {
  const features = convolve();
  const sums = new Float64Array(kernels * columns);
  for (const at of sums.keys()) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    for (let k = 0; k < places; k++) {
      sums[at] += features[row * places + k] * matrix[k * columns + column];
    }
  }
  const shares = new Float64Array(sums.length);
  for (let from = 0; from < sums.length; from += columns) {
    const exponentials = sums.subarray(from, from + columns).map(Math.exp);
    const whole = exponentials.reduce((a, b) => a + b);
    shares.set(
      exponentials.map((value) => value / whole),
      from,
    );
  }
  return { sums, shares };
}
