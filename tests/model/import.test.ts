// The importer on a tiny random BERT: what it writes can be loaded, encodes near the float model,
// and is the same each time; what it cannot use it refuses by name.
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importModel } from '#cli/model-import.ts';
import { type ImportOptions, importBertEncoder } from '#model/import-bert.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { manifestId, parseManifest } from '#model/manifest.ts';
import { openSafetensors } from '#model/safetensors.ts';
import { makeSyntheticRows } from '#model/synthetic.ts';
import { utf8 } from '#protocol/bytes.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { encodeRow } from '#reference/encoder.ts';
import { encodeFloat } from './float-bert.ts';
import { bertConfig, makeBert, makeBertTensors } from './make-bert.ts';
import { tinyShape } from './published-model.ts';
import { floatTensor, writeSafetensors } from './write-safetensors.ts';

const rows = makeSyntheticRows(5, [3, 9, 24, 17, 6, 24, 24, 11], bertConfig.vocab_size);

function importTiny(changes: Partial<ImportOptions> = {}) {
  return importBertEncoder({
    config: bertConfig,
    tensors: openSafetensors(makeBert(1)),
    tokenizer: utf8('{}'),
    name: 'tiny',
    licence: 'CC0-1.0',
    weightBits: 8,
    calibration: rows,
    observeForward: encodeRow,
    ...changes,
  });
}

describe('an import', () => {
  test.each([
    [8, 0.9995],
    [7, 0.998],
  ] as const)('of %i bits stays near the float model', (weightBits, least) => {
    const { manifest, shards } = importTiny({ weightBits });
    const weights = loadEncoder(manifest, shards);
    for (const row of makeSyntheticRows(6, [1, 8, 24], bertConfig.vocab_size)) {
      const exact = toUnitVector(encodeRow(weights, row));
      const tensors = openSafetensors(makeBert(1));
      const [float] = encodeFloat({ shape: tinyShape, config: bertConfig, tensors }, [row]);
      const cosine = exact.reduce((sum, value, d) => sum + value * float[d], 0);
      expect(cosine).toBeGreaterThan(least);
    }
  });

  test('gives the same bytes each time, and others for other weights or bits', () => {
    const first = importTiny();
    const second = importTiny();
    expect(second.manifestBytes).toEqual(first.manifestBytes);
    expect(second.shards).toEqual(first.shards);
    expect(importTiny({ weightBits: 7 }).id).not.toBe(first.id);
    expect(importTiny({ tensors: openSafetensors(makeBert(2)) }).id).not.toBe(first.id);
  });

  test('takes names with and without "bert."', () => {
    const prefixed = importTiny({ tensors: openSafetensors(makeBert(1, 'bert.')) });
    expect(prefixed.id).toBe(importTiny().id);
  });

  test('finds the column that stands out', () => {
    const tensors = makeBertTensors(1);
    const beta = Array.from({ length: 32 }, (_, k) => (k === 13 ? 25 : 0.01 * k));
    tensors['encoder.layer.0.output.LayerNorm.bias'] = floatTensor([32], beta);
    const { manifest, shards } = importTiny({
      tensors: openSafetensors(writeSafetensors(tensors)),
    });
    const { layers } = loadEncoder(manifest, shards);
    expect(layers[1].qkv.outliers).toHaveLength(16);
    expect([...layers[1].qkv.outliers]).toContain(13);
  });
});

describe('an import is refused', () => {
  const refuse = (config: object) => () => importTiny({ config: { ...bertConfig, ...config } });
  test.each([
    [{ model_type: 'llama' }, 'config.json, model_type'],
    [{ hidden_act: 'relu' }, 'config.json, hidden_act'],
    [{ hidden_size: 33 }, 'config.json, hiddenSize'],
    [{ hidden_size: '32' }, 'config.json, hidden_size'],
    [{ num_attention_heads: 16 }, 'config.json, heads'],
    [{ layer_norm_eps: 0.1 }, 'config.json, layer_norm_eps'],
    [{ position_embedding_type: 'relative_key' }, 'config.json, position_embedding_type'],
    [{ num_hidden_layers: 3 }, '"encoder.layer.2.attention.self.query.weight": not in the file'],
    [{ vocab_size: 41 }, '"embeddings.word_embeddings.weight": its shape is [40,32]'],
  ])('for %j', (config, message) => {
    expect(refuse(config)).toThrow(message);
  });

  test('for a config that is no object', () => {
    for (const config of [null, [], 'x', 4]) {
      expect(() => importTiny({ config })).toThrow('expected a JSON object');
    }
  });

  test('for weights that are not finite, or so large that 32 bits overflow', () => {
    const name = 'encoder.layer.1.output.dense.weight';
    const withWeights = (value: number) => {
      const tensors = makeBertTensors(1);
      const values = Array.from({ length: 32 * 64 }, () => value);
      tensors[name] = floatTensor([32, 64], values);
      return () => importTiny({ tensors: openSafetensors(writeSafetensors(tensors)) });
    };
    expect(withWeights(Number.NaN)).toThrow(`"${name}": value 0 is not finite`);
    expect(withWeights(30)).toThrow(/layers.1.down, output 0: may reach \d+/);
    expect(withWeights(1e9)).toThrow('too large to quantize');
  });

  test('without calibration rows', () => {
    expect(() => importTiny({ calibration: [] })).toThrow('holds no row');
  });
});

describe('importModel', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'idlewild-import-'));
    await writeFile(path.join(folder, 'tiny.safetensors'), makeBert(1));
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(bertConfig));
    await writeFile(path.join(folder, 'tokenizer.json'), JSON.stringify(tinyTokenizer()));
    await writeFile(path.join(folder, 'words.txt'), 'w1 w2 w3\n\nw4 w5 w6 w7 w8 w9\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (out: string) =>
    importModel({
      source: folder,
      directory: path.join(folder, out),
      calibrate: path.join(folder, 'words.txt'),
    });

  test('writes a model folder, and finds it again', async () => {
    const lines: string[] = [];
    const directory = path.join(folder, 'out');
    const calibrate = path.join(folder, 'words.txt');
    const options = { source: folder, directory, calibrate };
    const model = await importModel({ ...options, onProgress: (line) => lines.push(line) });
    expect(lines.some((line) => line.includes('calibrating'))).toBe(true);
    const bytes = await readFile(path.join(directory, 'manifest.json'));
    expect(manifestId(bytes)).toBe(model.id);
    const { shards } = parseManifest(bytes);
    const held = await readdir(path.join(directory, 'shards'));
    expect(held.sort()).toEqual(shards.map(({ sha256 }) => sha256).sort());

    const again: string[] = [];
    await importModel({ ...options, onProgress: (line) => again.push(line) });
    expect(again).toEqual([]);
    await truncate(path.join(directory, 'shards', held[0]), 5);
    const repaired = await importModel({ ...options, onProgress: (line) => again.push(line) });
    expect(again).not.toEqual([]);
    expect(repaired.id).toBe(model.id);
  });

  test('by two at once into one place gives both the same model', async () => {
    const models = await Promise.all([run('twin'), run('twin'), run('twin')]);
    expect(new Set(models.map(({ id }) => id)).size).toBe(1);
    const bytes = await readFile(path.join(folder, 'twin', 'manifest.json'));
    expect(manifestId(bytes)).toBe(models[0].id);
    expect((await readdir(folder)).filter((name) => name.startsWith('twin'))).toEqual(['twin']);
  });

  test('leaves no draft behind, and does not replace what is no model', async () => {
    await expect(run('.')).rejects.toMatchObject({ code: 'import/directory' });
    expect(
      (await readdir(path.dirname(folder))).filter((name) => name.includes('.importing-')),
    ).toHaveLength(0);
  });

  test('says what is missing', async () => {
    await expect(importModel({ source: 'no-such-package-x', directory: folder })).rejects.toThrow(
      'No folder and no installed package: no-such-package-x.',
    );
    const empty = await mkdtemp(path.join(folder, 'empty-'));
    await expect(importModel({ source: empty, directory: folder })).rejects.toThrow(
      'holds 0 *.safetensors files',
    );
    await writeFile(path.join(empty, 'x.safetensors'), '');
    await expect(importModel({ source: empty, directory: folder })).rejects.toThrow(
      'no file config.json',
    );
  });
});

function tinyTokenizer() {
  const words = ['[UNK]', '[CLS]', '[SEP]', ...Array.from({ length: 37 }, (_, i) => `w${i}`)];
  return {
    version: '1.0',
    added_tokens: [],
    normalizer: { type: 'BertNormalizer', lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##' },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  };
}
