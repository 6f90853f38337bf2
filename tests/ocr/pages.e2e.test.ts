// Whole pages, from Chromium's drawing to text, through PP-OCRv4 on onnxruntime-web's wasm: of each
// layout less than one character in a hundred is wrong. Prints the figures.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OcrInference, openOcrModels } from '#cli/ocr-models.ts';
import { readImage } from '#cli/ocr-read-image.ts';
import { pageText } from '#ocr/page-text.ts';
import { readPage } from '#ocr/read-page.ts';
import { characterErrorRate } from './character-errors.ts';
import { onnxFile } from './onnx-files.ts';
import { type TestPage, testPages } from './pages.ts';
import { renderPages } from './render-pages.ts';

const errorMax = 0.01;

let folder: string;
let files: string[];
let inference: OcrInference;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-ocr-'));
  files = await renderPages(testPages, folder);
  inference = await openOcrModels({
    local: true,
    detector: onnxFile('detector'),
    recognizer: onnxFile('recognizer'),
  });
});

afterAll(async () => {
  await inference?.close();
  await rm(folder, { recursive: true, force: true });
});

async function read(page: TestPage) {
  const image = await readImage(files[testPages.indexOf(page)]);
  const { models, infer } = inference;
  return readPage(image, { models, infer });
}

test.each(testPages)('page $name', async (page) => {
  const result = await read(page);
  const wanted = page.text.join(' ');
  const rate = characterErrorRate(wanted, pageText(result));
  const figures = `${result.lines.length} lines, ${wanted.length} characters`;
  process.stdout.write(`ocr ${page.name}: ${figures}, ${(100 * rate).toFixed(2)} % wrong\n`);
  expect(rate).toBeLessThan(errorMax);
  for (const { box, score } of result.lines) {
    expect(score).toBeGreaterThan(0.5);
    for (const [x, y] of box) {
      expect(x > -50 && x < result.width + 50 && y > -50 && y < result.height + 50).toBe(true);
    }
  }
});
