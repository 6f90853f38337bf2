// The models that people want, on wasm in Node: PP-OCRv4's recognition and Whisper-tiny's loop, held
// against onnxruntime-web alone.
import { beforeAll, expect, test } from 'vitest';
import type { BoundedBackend, BoundedModel } from '#onnx/bounded-backend.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { decodeBare } from './bare-greedy.ts';
import { recognition, whisper } from './real-models.ts';
import { hum, integers, strokes, tones } from './requests.ts';
import type { WholeModel } from './whole-model.ts';

const { signal } = new AbortController();
const model = new Uint8Array(32);
const languages = [50259, 50261, 50265];
const [transcript, english, transcribe, noTimes, silence] = [50258, 50259, 50359, 50363, 50362];

let backend: BoundedBackend;
let given: WholeModel;
let opened: BoundedModel;

beforeAll(async () => {
  backend = await createOnnxBackend({ backend: 'wasm' });
  given = await whisper();
  opened = await backend.createModel(given.manifest, given.readShard, signal);
});

async function decode(request: TensorMap): Promise<{ tokens: number[]; scores: number[] }> {
  const [row] = await opened.run({ model, requests: [request] });
  const { tokens, scores } = decodeRowOutput(row);
  return { tokens: Array.from(readElements(tokens)), scores: Array.from(readElements(scores)) };
}

/** The same runner where nothing is ever called silence. */
function listening(): WholeModel {
  const { runner } = given.manifest;
  if (runner.kind === 'graph') throw new Error('a decoder was expected');
  return { ...given, manifest: { ...given.manifest, runner: { ...runner, noSpeech: null } } };
}

test('recognition: every line alone, whatever its width', async () => {
  const ocr = await recognition();
  const lines = await backend.createModel(ocr.manifest, ocr.readShard, signal);
  const rows = await lines.run({ model, requests: [strokes(320), strokes(160, 3)] });
  const shapes = rows.map((row) => decodeRowOutput(row)['softmax_2.tmp_0'].shape);
  expect(shapes).toEqual([
    [1, 40, 97],
    [1, 20, 97],
  ]);
  const [alone] = await lines.run({ model, requests: [strokes(160, 3)] });
  expect(alone).toEqual(rows[1]);
  await lines.destroy();
});

test('what no voice is in is silence; the first hole becomes the likeliest choice', async () => {
  const start = [transcript, -1, transcribe, noTimes];
  const request = { input_features: tones(), start: integers(start), choices: integers(languages) };
  const { tokens, scores } = await decode(request);
  expect(tokens).toHaveLength(start.length + 1);
  expect(languages).toContain(tokens[1]);
  expect(tokens.at(-1)).toBe(silence);
  expect(scores[0]).toBeGreaterThan(0.6);
  expect(scores[1]).toBeLessThan(-1);
});

test.each([
  ['with times', [transcript, english, transcribe]],
  ['without', [transcript, english, transcribe, noTimes]],
])('the loop gives the tokens of a bare one, %s', async (_, start) => {
  const { manifest, readShard } = listening();
  const hearing = await backend.createModel(manifest, readShard, signal);
  const limit = 12;
  const features = hum();
  const request = {
    input_features: features,
    start: integers(start),
    limit: integers([limit]),
  };
  const [row] = await hearing.run({ model, requests: [request] });
  const tokens = Array.from(readElements(decodeRowOutput(row).tokens));
  await hearing.destroy();
  expect(tokens.slice(0, start.length)).toEqual(start);
  const bare = await decodeBare(given, features, { start, limit });
  expect(tokens.slice(start.length)).toEqual(bare);
  expect(bare.length).toBeGreaterThan(2);
});

test.each([
  ['no token at all', { start: integers([]) }],
  ['a hole first', { start: integers([-1, english]), choices: integers(languages) }],
  ['a hole without choices', { start: integers([transcript, -1]) }],
  ['a token beyond the vocabulary', { start: integers([transcript, 60000]) }],
  ['a choice beyond it', { start: integers([transcript, -1]), choices: integers([70000]) }],
  ['a limit of nothing', { start: integers([transcript]), limit: integers([0]) }],
  ['a start too long', { start: integers(new Array(257).fill(transcript)) }],
])('a start is refused: %s', async (_, inputs: TensorMap) => {
  const run = decode({ input_features: tones(), ...inputs });
  await expect(run).rejects.toMatchObject({ code: 'unit/request' });
});

test('stops between two steps', async () => {
  const stop = new AbortController();
  let steps = 0;
  const request = { input_features: tones(2), start: integers([transcript, english, transcribe]) };
  const run = opened.run(
    { model, requests: [request] },
    {
      signal: stop.signal,
      onStep() {
        steps++;
        if (steps === 3) stop.abort(new Error('stopped'));
      },
    },
  );
  await expect(run).rejects.toThrow('stopped');
  expect(steps).toBe(3);
});
