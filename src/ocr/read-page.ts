// A page in, its lines out: found by the detector, read one by one by the recognizer, put in order.
// Where the networks run is the caller's affair; each line is a request of its own, so that no line
// changes what another says.
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap, TensorValue } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { type DecodedText, decodeCtc } from './ctc-text.ts';
import { detectionRequest } from './detection-request.ts';
import { lineBoxes } from './line-boxes.ts';
import type { PixelInput } from './normalization.ts';
import { type Box, checkPage, type PageImage } from './page-image.ts';
import { readingOrder } from './reading-order.ts';
import { recognitionRequest } from './recognition-request.ts';
import { findTextBoxes } from './text-boxes.ts';

interface OcrLine {
  box: Box;
  text: string;
  /** Mean probability of its characters, 0 to 1. */
  score: number;
}

export interface OcrPage {
  width: number;
  height: number;
  /** In the order in which they are read. */
  lines: OcrLine[];
}

export type OcrRole = 'detector' | 'recognizer';

/** Each request's outputs, in order. @param onShare told how much of them is done, 0 to 1 */
export type Infer = (
  model: OcrRole,
  requests: TensorMap[],
  onShare: (share: number) => void,
) => Promise<TensorMap[]>;

export interface OcrModels {
  detector: { input: PixelInput; output: string };
  recognizer: {
    input: PixelInput;
    output: string;
    /** The text of class 1 and up; class 0 is the blank. */
    characters: readonly string[];
  };
}

export interface ReadOptions {
  models: OcrModels;
  infer: Infer;
  /** The longer side of what the detector sees, pixels. */
  detectionSideMax?: number;
  /** Lines given to `infer` at a time; 16 without a word. */
  linesAtOnce?: number | undefined;
  /** How much of the page is read, 0 to 1. */
  onShare?: ((share: number) => void) | undefined;
}

/** PaddleOCR's, for PP-OCRv4; 960 by 960 floats are 11 MB, what a bounded unit takes. */
const sideMaxDefault = 960;
const boxOptions = { pixelThreshold: 0.3, boxThreshold: 0.6, growth: 1.5 };
/** Lines whose characters are less likely than this are specks and rules. */
const scoreMin = 0.5;
const linesAtOnceDefault = 16;
/** Finding the lines, of all that a page takes: for the estimate alone, a page of about 40 lines. */
const findingShare = 0.3;

/** Pixels of a line for each step of the answer. */
const stepWidth = 8;
/** Bytes of an answer: what a bounded unit's may have, less a margin. */
const answerBytesMax = 5 << 20;
const lineWidthMax = 6400;

/** @throws ocr/..., and what `infer` throws */
export async function readPage(page: PageImage, options: ReadOptions): Promise<OcrPage> {
  checkPage(page);
  const found = await findLines(page, options);
  const lines = await readLines(page, found, options);
  const order = readingOrder(lines.map(({ box }) => box));
  return { width: page.width, height: page.height, lines: order.map((index) => lines[index]) };
}

function outputOf(outputs: TensorMap, name: string, rank: number): TensorValue {
  const tensor = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
  if (tensor?.shape.length === rank && tensor.shape[0] === 1) return tensor;
  throw new IdlewildError('ocr/output', `The model's output ${name} is not of the kind expected.`);
}

/** @returns of each line its box, or the two that it may have */
async function findLines(
  page: PageImage,
  { models: { detector }, infer, detectionSideMax = sideMaxDefault, onShare }: ReadOptions,
): Promise<Box[][]> {
  const request = detectionRequest(page, detector.input, detectionSideMax);
  const [outputs] = await infer('detector', [request], (share) => onShare?.(findingShare * share));
  const tensor = outputOf(outputs, detector.output, 4);
  const [, channels, height, width] = tensor.shape;
  const [, , ...sides] = request[detector.input.name].shape;
  if (channels !== 1 || height !== sides[0] || width !== sides[1]) {
    throw new IdlewildError('ocr/output', "The detector's map is not of the size of its input.");
  }
  const map = { width, height, values: readElements(tensor) };
  const rectangles = findTextBoxes(map, boxOptions).map(({ rectangle }) => rectangle);
  return lineBoxes(rectangles, map, page);
}

async function readLines(
  page: PageImage,
  found: readonly Box[][],
  { models: { recognizer }, infer, linesAtOnce = linesAtOnceDefault, onShare }: ReadOptions,
): Promise<OcrLine[]> {
  const { characters, input, output } = recognizer;
  const steps = Math.floor(answerBytesMax / (4 * (characters.length + 1)));
  const widthMax = Math.min(lineWidthMax, stepWidth * steps);
  const boxes = found.flat();
  const texts: DecodedText[] = [];
  for (let at = 0; at < boxes.length; at += linesAtOnce) {
    const few = boxes.slice(at, at + linesAtOnce);
    const requests = few.map((box) => recognitionRequest(page, box, { input, widthMax }));
    const tell = (share: number) => {
      const read = (at + share * few.length) / boxes.length;
      onShare?.(findingShare + (1 - findingShare) * read);
    };
    for (const outputs of await infer('recognizer', requests, tell)) {
      const tensor = outputOf(outputs, output, 3);
      texts.push(decodeCtc(readElements(tensor), tensor.shape[2], characters));
    }
  }
  const read = boxes.map((box, index) => ({ box, ...texts[index] }));
  return found
    .map((ways) => read.splice(0, ways.length).reduce((a, b) => (b.score > a.score ? b : a)))
    .filter(({ text, score }) => text.trim() !== '' && score >= scoreMin);
}
