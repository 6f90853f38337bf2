// `idlewild ocr --batch` from files to text: a real coordinator, two contributors who compute every
// unit with onnxruntime-web and confirm each other, and the command in a process of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderPages } from '../ocr/render-pages.ts';
import { detection, recognition } from '../onnx/real-models.ts';
import { saveModel } from '../onnx/save-model.ts';
import { type BatchSite, runCommand, startBatchSite } from './batch-lab.ts';

const texts = ['Call me Ishmael.', 'There she blows!'];
const examples = [{ x: [1, 3, 320, 320] }, { x: [1, 3, 48, 320] }];

let folder: string;
let pages: string[];
let site: BatchSite;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-ocr-batch-'));
  const given = texts.map((text, index) => {
    const html = `<main style='padding:24px;font:28px "DejaVu Sans"'>${text}</main>`;
    return { name: `page-${index}`, html, text: [text], width: 384, height: 96 };
  });
  pages = await renderPages(given, folder);
  const models = [path.join(folder, 'detector'), path.join(folder, 'recognizer')];
  for (const [index, model] of [await detection(), await recognition()].entries()) {
    model.manifest.name = path.basename(models[index]);
    model.manifest.cost = { perRequest: 6e8, perElement: null, example: examples[index] };
    await saveModel(models[index], model);
  }
  site = await startBatchSite(folder, models);
});

afterAll(async () => {
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

test('pages are computed by two contributors, and their text comes in order', async () => {
  const crew = [await site.contribute(), await site.contribute()];
  const place = ['--coordinator', site.coordinator.origin, '--key', site.apiKey];
  const { said, ended } = runCommand('ocr', ...pages, ...place, '--batch', '--side', '384');
  const code = await ended;
  const { stdout, stderr } = said;
  expect(stdout, stderr).toBe(pages.map((page, at) => `${page}:\n${texts[at]}\n`).join(''));
  expect(stderr).toContain('Reading page 1 of 2');
  expect(stderr).toContain('Read 2 of 2 pages, 2 lines');
  expect(code).toBe(0);
  // Nobody but the two was there: the coordinator would take a unit after a day.
  for (const { last } of crew) {
    await expect.poll(() => last()?.totals.accepted).toBeGreaterThan(0);
  }
});
