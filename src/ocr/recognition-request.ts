// A line as the recognizer takes it: upright, 48 pixels high, in black on white; the rest of a short
// line is grey, as PaddleOCR pads it.
// https://github.com/PaddlePaddle/PaddleOCR tools/infer/predict_rec.py
import type { TensorMap } from '#protocol/tensor.ts';
import { spreadContrast } from './contrast.ts';
import { cropLine } from './crop-line.ts';
import { type PixelInput, pixelTensor, recognitionNormalization } from './normalization.ts';
import type { Box, PageImage } from './page-image.ts';

const height = 48;
/** It was trained with lines of this width at least. */
const widthMin = 320;
/** Widths are multiples of this, so that few shapes occur. */
const widthStep = 32;
/** The middle of -1 to 1. */
const grey = 128;

export interface RecognitionOptions {
  input: PixelInput;
  /** Longer lines are squeezed to this width. */
  widthMax: number;
}

export function recognitionRequest(
  page: PageImage,
  box: Box,
  { input, widthMax }: RecognitionOptions,
): TensorMap {
  const line = spreadContrast(cropLine(page, box, { height, widthMax }));
  const width = Math.max(widthMin, Math.ceil(line.width / widthStep) * widthStep);
  const planes = new Uint8Array(3 * height * width).fill(grey);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++) {
      const target = (channel * height + y) * width;
      const source = 3 * y * line.width + 2 - channel;
      for (let x = 0; x < line.width; x++) {
        planes[target + x] = Math.round(line.values[source + 3 * x]);
      }
    }
  }
  const { takesBytes } = input;
  const tensor = pixelTensor(planes, [height, width], { ...recognitionNormalization, takesBytes });
  return { [input.name]: tensor };
}
