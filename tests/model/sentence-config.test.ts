// What sentence-transformers writes beside a model: read as it is meant, and refused by file and
// field where Idlewild cannot compute it.
import { describe, expect, test } from 'vitest';
import { loadEncoder } from '#model/load-encoder.ts';
import { listSentenceFiles, readSentenceConfig } from '#model/sentence-config.ts';
import { makeSyntheticRows } from '#model/synthetic.ts';
import { utf8 } from '#protocol/bytes.ts';
import { compareWithFloat, importPublished } from './compare-float.ts';
import { publishModel } from './published-model.ts';
import { makeSentence, moduleList, poolingConfig, type SentenceShape } from './sentence-files.ts';
import { mpnetTokenizer, robertaTokenizer } from './tiny-tokenizers.ts';

const model = publishModel({});
const rows = makeSyntheticRows(6, [1, 8, 20, 13], 40);
const json = (value: unknown) => utf8(JSON.stringify(value));

describe('a model with a pooling of its own', () => {
  const tanh = { size: 48, activation: 'tanh' } as const;
  const identity = { size: 16, activation: 'identity' } as const;
  test.each([
    { pooling: 'mean_tokens', hidden: 32 },
    { pooling: 'cls_token', hidden: 32 },
    { pooling: 'cls_token', hidden: 32, dense: tanh },
    { pooling: 'mean_tokens', hidden: 32, dense: tanh },
    { pooling: 'mean_tokens', hidden: 32, dense: identity },
  ] satisfies SentenceShape[])('comes near its float model: %j', (shape) => {
    const { files, head } = makeSentence(shape);
    const saved = importPublished(model, { sentence: files });
    expect(saved.manifest.config).toMatchObject({
      pooling: head.pooling,
      dense: shape.dense ?? null,
      tokensMax: 20,
    });
    const { least, leastCentred } = compareWithFloat(model, saved, rows, head);
    expect(least).toBeGreaterThan(0.999);
    expect(leastCentred).toBeGreaterThan(0.996);
  });

  test('seven-bit weights are for the dense layer too', () => {
    const { files, head } = makeSentence({ pooling: 'cls_token', hidden: 32, dense: tanh });
    const saved = importPublished(model, { sentence: files, weightBits: 7 });
    const { dense } = loadEncoder(saved.manifest, saved.shards);
    expect(Math.max(...(dense?.weight.map(Math.abs) ?? []))).toBe(63);
    expect(compareWithFloat(model, saved, rows, head).least).toBeGreaterThan(0.998);
  });
});

describe('without files', () => {
  test('the mean is taken, and said so', () => {
    const notes: string[] = [];
    const { manifest } = importPublished(model, { onNote: (note) => notes.push(note) });
    expect(manifest.config).toMatchObject({ pooling: 'mean', dense: null, tokensMax: 24 });
    expect(notes).toEqual([
      'No 1_Pooling/config.json says how tokens are pooled: the mean is taken.',
    ]);
  });

  test('or what the caller asks for, without a note', () => {
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const { manifest } = importPublished(model, { pooling: 'cls', onNote });
    expect(manifest.config.pooling).toBe('cls');
    expect(notes).toEqual([]);
  });

  test('nothing but the limits is asked for', () => {
    expect(listSentenceFiles(null)).toEqual(['sentence_bert_config.json']);
    expect(readSentenceConfig(new Map())).toEqual({
      pooling: null,
      tokensMax: null,
      lowersCase: false,
      dense: null,
    });
  });
});

test('the modules say which files to read', () => {
  const modules = json(moduleList('Transformer', 'Pooling', 'Dense', 'Normalize'));
  expect(listSentenceFiles(modules)).toEqual([
    'sentence_bert_config.json',
    '1_Pooling/config.json',
    '2_Dense/config.json',
    '2_Dense/model.safetensors',
  ]);
});

test('newer files name the mode in one word', () => {
  const { files } = makeSentence({ pooling: 'mean_tokens', hidden: 32 });
  files.set('1_Pooling/config.json', json({ embedding_dimension: 32, pooling_mode: 'cls' }));
  expect(readSentenceConfig(files).pooling).toBe('cls');
});

test('lowered texts need a tokenizer that lowers them', () => {
  const { files } = makeSentence({ pooling: 'mean_tokens', hidden: 32 });
  files.set('sentence_bert_config.json', json({ max_seq_length: null, do_lower_case: true }));
  const importWith = (tokenizer: object) =>
    importPublished(model, { sentence: files, tokenizer: json(tokenizer) });
  expect(importWith(mpnetTokenizer()).manifest.config.tokensMax).toBe(24);
  expect(() => importWith(robertaTokenizer())).toThrow(
    'sentence_bert_config.json, do_lower_case: the tokenizer keeps upper case',
  );
});

describe('a model is refused', () => {
  const dense = { size: 48, activation: 'tanh' } as const;
  const refuse = (path: string, value: unknown) => () => {
    const { files } = makeSentence({ pooling: 'mean_tokens', hidden: 32, dense });
    if (value === undefined) files.delete(path);
    else files.set(path, value instanceof Uint8Array ? value : json(value));
    return importPublished(model, { sentence: files });
  };
  const denseConfig = {
    in_features: 32,
    out_features: 48,
    bias: true,
    activation_function: 'torch.nn.modules.activation.Tanh',
  };
  const two = { ...poolingConfig('mean_tokens'), pooling_mode_cls_token: true };
  const twice = moduleList('Transformer', 'Pooling', 'Dense', 'Dense');
  const outside = [moduleList('Transformer')[0], { ...twice[1], path: '../../etc' }];
  test.each([
    ['modules.json', 4, 'modules.json, the file: expected a list'],
    ['modules.json', utf8('{'), 'modules.json, the file: not JSON in UTF-8'],
    ['modules.json', twice, 'modules.json, type: expected Transformer, Pooling, then Dense'],
    ['modules.json', moduleList('Transformer', 'CNN'), 'found Transformer, CNN'],
    ['modules.json', outside, 'modules.json, module 1: expected a type and a path of one name'],
    ['1_Pooling/config.json', undefined, '1_Pooling/config.json, the file: not there'],
    ['1_Pooling/config.json', poolingConfig('max_tokens'), 'pooling_mode_max_tokens: expected'],
    ['1_Pooling/config.json', { pooling_mode_weightedmean_tokens: true }, 'weightedmean'],
    ['1_Pooling/config.json', two, 'pooling_mode_mean_tokens, pooling_mode_cls_token: expected'],
    ['1_Pooling/config.json', { pooling_mode: 'max' }, 'pooling_mode: expected "mean" or "cls"'],
    ['sentence_bert_config.json', { max_seq_length: 0 }, 'max_seq_length: expected a positive'],
    ['2_Dense/config.json', { ...denseConfig, in_features: 64 }, '[48,64], found [48,32]'],
    ['2_Dense/config.json', { ...denseConfig, out_features: 64 }, '[64,32], found [48,32]'],
    [
      '2_Dense/config.json',
      { ...denseConfig, out_features: 50 },
      'out_features: expected a multiple',
    ],
    ['2_Dense/config.json', { ...denseConfig, out_features: 2048 }, '(hiddenSizeMax)'],
    [
      '2_Dense/config.json',
      { ...denseConfig, activation_function: 'torch.nn.modules.activation.ReLU' },
      '2_Dense/config.json, activation_function: expected "torch.nn.modules.activation.Tanh"',
    ],
    ['2_Dense/model.safetensors', undefined, '2_Dense/model.safetensors, the file: not there'],
    ['2_Dense/model.safetensors', new Uint8Array(3), "its header's length needs 8"],
  ])('for %s %j', (path, value, message) => {
    expect(refuse(path, value)).toThrow(message);
  });

  test('whose dense layer takes other rows than the encoder gives', () => {
    const { files } = makeSentence({ pooling: 'mean_tokens', hidden: 64, dense });
    expect(() => importPublished(model, { sentence: files })).toThrow(
      '2_Dense/config.json, in_features: expected 32, found 64',
    );
  });
});
