// Lines of text as a batch for strangers: two who read them agree, and one that answers with another
// image's text is not paid. The real recognizer, really run.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readImage } from '#cli/ocr-read-image.ts';
import { englishCharacters } from '#ocr/characters.ts';
import { decodeCtc } from '#ocr/ctc-text.ts';
import { recognitionRequest } from '#ocr/recognition-request.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { fromHex } from '#protocol/bytes.ts';
import type { TensorMap, TensorValue } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { tensorFromJson } from '#protocol/tensor-json.ts';
import { type BoundedSite, requestLine, startBoundedSite } from '../coordinator/bounded-site.ts';
import { recognition } from '../onnx/real-models.ts';
import { renderPages } from './render-pages.ts';

const texts = ['Call me Ishmael.', 'The whiteness of the whale', 'There she blows!'];
const output = 'softmax_2.tmp_0';

let folder: string;
let site: BoundedSite;
let requests: TensorMap[];
let rows: TensorMap[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-lines-'));
  const pages = texts.map((text, index) => ({
    name: `line-${index}`,
    width: 480,
    height: 48,
    html: `<div style="font:32px/48px 'DejaVu Sans';padding-left:4px">${text}</div>`,
    text: [text],
  }));
  const files = await renderPages(pages, folder);
  requests = await Promise.all(
    files.map(async (file) => {
      const page = await readImage(file);
      const { width } = page;
      const box = [
        [0, 0],
        [width, 0],
        [width, 48],
        [0, 48],
      ] as const;
      return recognitionRequest(page, box, {
        input: { name: 'x', takesBytes: false },
        widthMax: 640,
      });
    }),
  );
  const model = await recognition();
  model.manifest.cost = { perRequest: 7e8, perElement: null, example: { x: [1, 3, 48, 480] } };
  site = await startBoundedSite(model);
  const backend = await createOnnxBackend({ backend: 'wasm' });
  const { signal } = new AbortController();
  const opened = await backend.createModel(model.manifest, model.readShard, signal);
  const encoded: Bytes[] = await opened.run({ model: fromHex('00'.repeat(32)), requests });
  rows = encoded.map(decodeRowOutput);
  await opened.destroy();
  backend.destroy();
});

afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

function textOf(tensor: TensorValue): string {
  const classes = tensor.shape.at(-1) as number;
  return decodeCtc(readElements(tensor), classes, englishCharacters).text;
}

test('two readers agree; who answers with another image’s text is rejected', async () => {
  const lines = requests.map((request, index) => requestLine(`line-${index}`, request));
  const id = await site.submit(lines, site.apiKey, { endpoint: '/v1/infer' });
  const liar = await site.able('wasm');
  const honest = [await site.able('wasm'), await site.able('wasm')];
  for (const one of honest) await one.lease(0);
  const [lie] = (await liar.lease()).leases;
  expect(lie.rows).toBe(3);
  // Of one line alone it tells another's: the shapes are alike.
  await liar.answer(lie, [rows[0], rows[2], rows[2]]);
  const told = [];
  for (const one of honest) {
    const [lease] = (await one.lease()).leases;
    await one.answer(lease, rows);
    told.push(lease.lease);
    await site.coordinator.settle();
  }
  expect(await liar.ask(lie.lease)).toMatchObject({ state: 'rejected', code: 'verdict/differs' });
  for (const [index, one] of honest.entries()) {
    expect(await one.ask(told[index])).toMatchObject({ state: 'accepted' });
  }
  const batch = await site.batch(id);
  expect(batch.status).toBe('completed');
  const answers = await site.lines(batch.output_file_id);
  const read = answers.map(({ response }) =>
    textOf(tensorFromJson(response.body.outputs[output], output)),
  );
  // What the empty right of a line that nobody cropped is read as does not matter here.
  expect(read.map((text, index) => text.slice(0, texts[index].length))).toEqual(texts);
  await site.coordinator.checkBooks();
});
