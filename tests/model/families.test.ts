// Each family of published encoders through the importer: near its float model, with and without
// the class's name before its tensors, and refused by name where it is something else.
import { describe, expect, test } from 'vitest';
import { loadEncoder } from '#model/load-encoder.ts';
import { relativeBucket } from '#model/relative-bias.ts';
import { makeSyntheticRows } from '#model/synthetic.ts';
import { compareWithFloat, importPublished } from './compare-float.ts';
import { type PublishedModel, publishModel } from './published-model.ts';
import type { ModelType } from './published-names.ts';

const types: ModelType[] = ['bert', 'distilbert', 'roberta', 'xlm-roberta', 'camembert', 'mpnet'];
const rows = makeSyntheticRows(6, [1, 8, 24, 13], 40);

describe.each(types)('%s', (type) => {
  const model = publishModel({ type });
  const saved = importPublished(model);

  test('comes near its float model', () => {
    const { least, leastCentred } = compareWithFloat(model, saved, rows);
    expect(least).toBeGreaterThan(0.9999);
    expect(leastCentred).toBeGreaterThan(0.998);
    expect(saved.manifest.config).toMatchObject({ positions: 24, tokensMax: 24 });
  });

  test('is the same with its class named before the tensors', () => {
    expect(importPublished(publishModel({ type }, { prefixed: true })).id).toBe(saved.id);
  });
});

test('checkpoints that say gamma and beta give the same model', () => {
  const model = publishModel({ type: 'bert' });
  const old = (name: string) =>
    name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta');
  const entries = new Map(
    [...model.tensors.entries].map(([name, entry]) => [old(name), { ...entry, name: old(name) }]),
  );
  const back = new Map([...model.tensors.entries.keys()].map((name) => [old(name), name]));
  const read = (name: string) => model.tensors.read(back.get(name) ?? name);
  const renamed: PublishedModel = { ...model, tensors: { entries, read } };
  expect(entries.has('embeddings.LayerNorm.gamma')).toBe(true);
  expect(importPublished(renamed).id).toBe(importPublished(model).id);
});

test("RoBERTa's positions begin above its own padding token", () => {
  const model = publishModel({ type: 'roberta', positions: 24 });
  const config = { ...model.config, pad_token_id: 4 };
  const { manifest, shards } = importPublished({ ...model, config }, {}, [3, 9, 21]);
  expect(manifest.config.positions).toBe(21);
  const moved = loadEncoder(manifest, shards).embeddings.positions;
  const saved = importPublished(model);
  const all = loadEncoder(saved.manifest, saved.shards).embeddings.positions;
  expect(moved).toEqual(all.slice(3 * 32));
});

test("MPNet's bias is what tells its distances apart", () => {
  const model = publishModel({ type: 'mpnet' });
  const { manifest, shards } = importPublished(model);
  const { attentionBias } = loadEncoder(manifest, shards);
  const table = model.tensors.read('encoder.relative_attention_bias.weight');
  const inBase2 = (value: number) => Math.round(value * Math.LOG2E * 2 ** 14);
  const width = 2 * 24 - 1;
  expect(attentionBias).toHaveLength(2 * width);
  for (const [head, distance, bucket] of [
    [0, 0, 0],
    [0, -3, 3],
    [1, 3, 19],
    [1, -23, 11],
    [0, 23, 27],
  ]) {
    expect(attentionBias?.[head * width + distance + 23]).toBe(inBase2(table[bucket * 2 + head]));
  }
});

test("the buckets are those of transformers' formula at every distance", () => {
  for (let distance = -511; distance <= 511; distance++) {
    const n = Math.abs(distance);
    // Where n² is a power of two the logarithm is exact in its own 32 bits.
    const log = Math.fround(Math.log(n / 8)) / Math.fround(Math.log(16));
    const large = Math.min(8 + Math.floor(Math.fround(log) * 8), 15);
    expect(relativeBucket(distance)).toBe((distance > 0 ? 16 : 0) + (n < 8 ? n : large));
  }
});

describe('a config.json is refused', () => {
  const refuse = (type: ModelType, change: object) => {
    const model = publishModel({ type });
    return () => importPublished({ ...model, config: { ...model.config, ...change } });
  };
  test.each([
    ['bert', { model_type: 'electra' }, 'model_type: expected "bert" or "distilbert" or "roberta"'],
    ['bert', { hidden_act: 'gelu_new' }, 'hidden_act: expected "gelu", found "gelu_new"'],
    ['mpnet', { hidden_act: 'relu' }, 'hidden_act: expected "gelu", found "relu"'],
    ['distilbert', { activation: 'relu' }, 'activation: expected "gelu", found "relu"'],
    ['distilbert', { dim: undefined }, 'config.json, dim: expected a positive integer'],
    ['roberta', { position_embedding_type: 'relative_key' }, 'expected "absolute"'],
    ['roberta', { add_cross_attention: true }, 'config.json, add_cross_attention: expected false'],
    ['bert', { is_decoder: true }, 'config.json, is_decoder: expected false'],
    ['xlm-roberta', { pad_token_id: 'x' }, 'config.json, pad_token_id: expected a token id'],
    ['xlm-roberta', { pad_token_id: 400 }, 'config.json, positions: expected 1 to 4096'],
    [
      'mpnet',
      { relative_attention_num_buckets: 64 },
      'relative_attention_num_buckets: expected 32',
    ],
    ['bert', { num_attention_heads: 16 }, 'head size must be a multiple of 4, at most 256'],
  ] as const)('%s %j', (type, change, message) => {
    expect(refuse(type, change)).toThrow(message);
  });

  test('for a tensor of another shape', () => {
    const model = publishModel({ type: 'mpnet' });
    const name = 'encoder.relative_attention_bias.weight';
    const entries = new Map(model.tensors.entries);
    entries.set(name, { name, dtype: 'F32', shape: [16, 4], begin: 0, end: 0 });
    const tensors = { entries, read: model.tensors.read };
    expect(() => importPublished({ ...model, tensors })).toThrow(
      `Tensor "${name}": its shape is [16,4], config.json needs [32,2].`,
    );
  });
});
