// `idlewild ocr` as it is called: models imported into a folder, pages in order, a bad one among them.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importBounded } from '#cli/model-import-bounded.ts';
import type { BoundedOptions } from '#cli/model-import-options.ts';
import { openOcrModels } from '#cli/ocr-models.ts';
import type { Feed } from '#model/bounded-manifest.ts';
import {
  detectionNormalization,
  type Normalization,
  recognitionNormalization,
} from '#ocr/normalization.ts';
import { onnxFile } from '../ocr/onnx-files.ts';
import { renderPages } from '../ocr/render-pages.ts';

let folder: string;
let pages: string[];
let broken: string;

const words = ['Call me Ishmael.', 'Some years ago, never mind how long precisely'];

function pageOf(text: string, name: string) {
  const html = `<main style='padding:30px;font:24px "DejaVu Sans"'>${text}</main>`;
  return { name, html, text: [text], width: 720, height: 90 };
}

/** As docs/ocr.md says it: bytes of pixels, scaled by the contributor. */
function optionsFor(
  { scale, offset }: Normalization,
  own: Pick<BoundedOptions, 'example' | 'compare' | 'ctc'>,
): BoundedOptions {
  const feed: Feed = { dtype: 'uint8', axis: 1, scale: [...scale], offset: [...offset] };
  return {
    runner: 'graph',
    examples: 1,
    margin: 16,
    webgpu: false,
    feed: new Map([['x', feed]]),
    ...own,
  };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-ocr-'));
  pages = await renderPages([pageOf(words[0], 'first'), pageOf(words[1], 'second')], folder);
  broken = path.join(folder, 'broken.png');
  await writeFile(broken, 'not a picture');
  await importBounded({
    source: onnxFile('detector'),
    directory: path.join(folder, 'models', 'detector'),
    options: optionsFor(detectionNormalization, {
      example: new Map([['x', [1, 3, 64, 64]]]),
      compare: 'close',
    }),
  });
  await importBounded({
    source: onnxFile('recognizer'),
    directory: path.join(folder, 'models', 'recognizer'),
    options: optionsFor(recognitionNormalization, {
      example: new Map([['x', [1, 3, 48, 320]]]),
      compare: 'argmax',
      ctc: true,
    }),
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', 'src/cli/main.ts', 'ocr', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

test('pages come in order, and a bad one does not lose the others', async () => {
  const models = path.join(folder, 'models');
  const files = [pages[1], broken, pages[0]];
  const { code, stdout, stderr } = await run(...files, '--local', '--models', models, '--json');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ file }) => file)).toEqual(files);
  const textOf = ({ lines: found }: { lines: { text: string }[] }) => found.map(({ text }) => text);
  expect(textOf(lines[0])).toEqual([words[1]]);
  expect(lines[1].error).toMatchObject({ code: 'ocr/image' });
  expect(textOf(lines[2])).toEqual([words[0]]);
  expect(lines[2].lines[0].score).toBeGreaterThan(0.9);
  expect(code).toBe(1);
  expect(stderr).toContain(`${broken}: is neither a PNG nor a JPEG. (ocr/image)`);
  expect(stderr).toContain('Read 2 of 3 pages, 2 lines');
});

test('one page as text, through a recognizer that brings its own characters', async () => {
  const { code, stdout } = await run(
    ...[pages[0], '--local', '--quiet', '--detector', onnxFile('detector')],
    ...['--recognizer', onnxFile('chinese')],
  );
  expect(stdout.replaceAll(' ', '')).toBe('CallmeIshmael.\n');
  expect(code).toBe(0);
});

test('an imported model takes bytes, an .onnx file floats', async () => {
  const imported = await openOcrModels({ local: true, models: path.join(folder, 'models') });
  const { detector, recognizer } = imported.models;
  expect([detector.input.takesBytes, recognizer.input.takesBytes]).toEqual([true, true]);
  await imported.close();
});

test('without models, or with the wrong ones, it says what to give', async () => {
  const missing = await run(pages[0], '--local', '--models', folder);
  expect(missing.stderr).toContain('has no detector');
  expect(missing.stdout).toBe('');
  const wrong = ['--detector', onnxFile('recognizer'), '--recognizer', onnxFile('detector')];
  const swapped = await run(pages[0], '--local', ...wrong);
  expect(swapped.stderr).toContain('is not a model of the kind wanted here');
  const nowhere = await run(pages[0]);
  expect(nowhere.stderr).toContain('--coordinator');
  expect([missing.code, swapped.code, nowhere.code]).toEqual([1, 1, 1]);
});
