// How bytes of pixels become what the networks were trained with, by channel, blue first as OpenCV
// has it. A model that was imported with this as its feed takes the bytes themselves, a fourth of the
// traffic; any other is sent floats.
import type { Bytes } from '#protocol/bytes.ts';
import type { TensorValue } from '#protocol/tensor.ts';

/** fround(fround(byte * scale) + offset), as a bounded model's feed says it. */
export interface Normalization {
  scale: readonly number[];
  offset: readonly number[];
}

const means = [0.485, 0.456, 0.406];
const deviations = [0.229, 0.224, 0.225];

/** PaddleOCR's, for detection: in ImageNet's order, though the channels are not. */
export const detectionNormalization: Normalization = {
  scale: deviations.map((deviation) => 1 / (255 * deviation)),
  offset: means.map((mean, channel) => -mean / deviations[channel]),
};

/** PaddleOCR's, for recognition: -1 to 1. */
export const recognitionNormalization: Normalization = {
  scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  offset: [-1, -1, -1],
};

/** A model's input. */
export interface PixelInput {
  name: string;
  /** Whether it takes bytes, and scales them as is expected here. */
  takesBytes: boolean;
}

/** How far a figure may lie from the one expected: a feed is written with a few digits. */
const slack = 1e-4;

interface Feed {
  axis: number;
  scale: readonly number[];
  offset: readonly number[];
}

/** Whether a feed of [1, 3, height, width] does what the pipeline would. */
export function feedMatches(feed: Feed, { scale, offset }: Normalization): boolean {
  const isClose = (given: readonly number[], wanted: readonly number[]) =>
    wanted.every((value, channel) => {
      const found = given.length === 1 ? given[0] : given[channel];
      return Math.abs(found - value) <= slack * Math.abs(value);
    });
  return feed.axis === 1 && isClose(feed.scale, scale) && isClose(feed.offset, offset);
}

/**
 * @param planes [3, height, width], blue first
 * @returns [1, 3, height, width]
 */
export function pixelTensor(
  planes: Bytes,
  [height, width]: readonly [number, number],
  { takesBytes, scale, offset }: Normalization & Pick<PixelInput, 'takesBytes'>,
): TensorValue {
  const shape = [1, 3, height, width];
  if (takesBytes) return { dtype: 'uint8', shape, data: planes };
  const values = new Float32Array(planes.length);
  const plane = height * width;
  for (let channel = 0; channel < 3; channel++) {
    for (let at = channel * plane; at < (channel + 1) * plane; at++) {
      values[at] = Math.fround(planes[at] * Math.fround(scale[channel])) + offset[channel];
    }
  }
  return { dtype: 'float32', shape, data: new Uint8Array(values.buffer) };
}
