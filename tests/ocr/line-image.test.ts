// Pixels on their way into the networks: resized, cut out, contrast spread, as bytes or floats.
import { expect, test } from 'vitest';
import { spreadContrast } from '#ocr/contrast.ts';
import { cropLine } from '#ocr/crop-line.ts';
import { detectionRequest } from '#ocr/detection-request.ts';
import {
  detectionNormalization,
  feedMatches,
  recognitionNormalization,
} from '#ocr/normalization.ts';
import { type Box, checkPage, type PageImage } from '#ocr/page-image.ts';
import { recognitionRequest } from '#ocr/recognition-request.ts';
import { resize } from '#ocr/resize.ts';
import { readElements } from '#protocol/tensor-elements.ts';

/** Red runs from left to right, green from top to bottom, blue is even. */
function gradient(width: number, height: number): PageImage {
  const rgb = new Uint8Array(3 * width * height);
  for (let at = 0; at < width * height; at++) {
    rgb.set([at % width, Math.floor(at / width), 77], 3 * at);
  }
  return { width, height, rgb };
}

const boxAt = (left: number, top: number, width: number, height: number): Box => [
  [left, top],
  [left + width, top],
  [left + width, top + height],
  [left, top + height],
];

test('a page is what its size says', () => {
  expect(() => checkPage({ width: 0, height: 5, rgb: new Uint8Array(0) })).toThrow('0 by 5');
  expect(() => checkPage({ width: 2e4, height: 2e4, rgb: new Uint8Array(0) })).toThrow(
    'pagePixelsMax',
  );
  expect(() => checkPage({ width: 2, height: 2, rgb: new Uint8Array(11) })).toThrow('three bytes');
});

test('resizing keeps a slope, at halves of pixels', () => {
  const half = resize(gradient(100, 60), 50, 30);
  expect(half[3 * (10 * 50 + 20)]).toBeCloseTo(40.5);
  expect(half[3 * (10 * 50 + 20) + 1]).toBeCloseTo(20.5);
  expect(half[3 * (10 * 50 + 20) + 2]).toBeCloseTo(77);
  const double = resize(gradient(10, 10), 20, 20);
  expect(double[3 * (10 * 20 + 5)]).toBeCloseTo(2.25);
  expect([...resize(gradient(7, 5), 7, 5)]).toEqual([...gradient(7, 5).rgb]);
});

test('a thin line does not fall between the samples of a shrunk page', () => {
  const page = { width: 90, height: 90, rgb: new Uint8Array(3 * 90 * 90).fill(255) };
  for (let y = 0; y < 90; y++) page.rgb.fill(0, 3 * (90 * y + 44), 3 * (90 * y + 45));
  const row = resize(page, 20, 20).slice(0, 60);
  expect(
    255 * 20 - row.filter((_, at) => at % 3 === 0).reduce((sum, value) => sum + value),
  ).toBeCloseTo(255 / 4.5, 0);
});

test('a line is cut out upright, also one that runs down the page', () => {
  const page = gradient(200, 200);
  const straight = cropLine(page, boxAt(20, 30, 96, 48), { height: 48, widthMax: 500 });
  expect([straight.width, straight.height]).toEqual([96, 48]);
  expect([...straight.values.slice(0, 3)].map(Math.round)).toEqual([20, 30, 77]);
  const [a, b, c, d] = boxAt(20, 30, 48, 96);
  const down = cropLine(page, [b, c, d, a], { height: 48, widthMax: 500 });
  expect([down.width, down.height]).toEqual([96, 48]);
  // Along the result y grows on the page, down the result x falls.
  expect([...down.values.slice(0, 2)].map(Math.round)).toEqual([67, 30]);
  expect([...down.values.slice(3 * 95, 3 * 95 + 2)].map(Math.round)).toEqual([67, 125]);
  expect(cropLine(page, boxAt(0, 0, 190, 10), { height: 48, widthMax: 500 }).width).toBe(500);
});

test('what lies off the page has the colour of its edge', () => {
  const line = cropLine(gradient(50, 50), boxAt(-60, 10, 96, 48), { height: 48, widthMax: 500 });
  expect(line.values[0]).toBe(0);
});

function lineOf(paper: number, ink: number) {
  const values = new Float32Array(3 * 48 * 100).fill(paper);
  for (let at = 0; at < values.length; at += 15) values.fill(ink, at, at + 3);
  return { width: 100, height: 48, values };
}

test.each([
  [200, 60],
  [120, 80],
  [30, 220],
])('on paper of %i, ink of %i becomes black on white', (paper, ink) => {
  const { values } = spreadContrast(lineOf(paper, ink));
  expect([values[0], values[3]]).toEqual([0, 255]);
});

test('a line that says nothing is left as it is', () => {
  const line = lineOf(200, 190);
  expect(spreadContrast(line)).toBe(line);
});

test('the detector gets blue first, in sides of 32, as bytes or as floats', () => {
  const page = gradient(200, 100);
  const bytes = detectionRequest(page, { name: 'x', takesBytes: true }, 100).x;
  expect(bytes).toMatchObject({ dtype: 'uint8', shape: [1, 3, 64, 96] });
  expect(bytes.data[0]).toBe(77);
  const floats = detectionRequest(page, { name: 'x', takesBytes: false }, 100).x;
  expect(floats).toMatchObject({ dtype: 'float32', shape: [1, 3, 64, 96] });
  expect(readElements(floats)[0]).toBeCloseTo((77 / 255 - 0.485) / 0.229, 5);
  expect(readElements(floats)[2 * 64 * 96 + 95]).toBeCloseTo(
    (bytes.data[2 * 64 * 96 + 95] / 255 - 0.406) / 0.225,
    5,
  );
});

test('the recognizer gets lines 48 high, the rest of them grey', () => {
  const page = gradient(200, 200);
  const options = { input: { name: 'x', takesBytes: false }, widthMax: 400 };
  const short = recognitionRequest(page, boxAt(10, 10, 96, 48), options).x;
  expect(short.shape).toEqual([1, 3, 48, 320]);
  expect(readElements(short)[0]).toBeCloseTo(readElements(short)[1], 5);
  expect(readElements(short)[200]).toBeCloseTo(0, 2);
  const long = recognitionRequest(page, boxAt(10, 10, 180, 10), options).x;
  expect(long.shape).toEqual([1, 3, 48, 416]);
});

test('a feed is used if it does what the pipeline would', () => {
  const exact = { axis: 1, ...detectionNormalization };
  expect(feedMatches(exact, detectionNormalization)).toBe(true);
  expect(feedMatches(exact, recognitionNormalization)).toBe(false);
  const one = { axis: 1, scale: [0.0078431], offset: [-1] };
  expect(feedMatches(one, recognitionNormalization)).toBe(true);
  expect(feedMatches({ ...one, axis: 3 }, recognitionNormalization)).toBe(false);
});
