// A whole model in miniature: synthetic weights, a tokenizer of sixty words, written as the
// importer writes it.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EncoderConfig, EncoderWeights } from '#model/encoder.ts';
import { saveEncoder } from '#model/save-encoder.ts';
import { makeSyntheticEncoder } from '#model/synthetic.ts';
import { type Bytes, utf8 } from '#protocol/bytes.ts';

export interface TestModel {
  id: string;
  name: string;
  folder: string;
  weights: EncoderWeights;
  shards: Bytes[];
}

const special = (id: number, content: string) => ({
  id,
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
});

/** [PAD] [UNK] [CLS] [SEP], then w0 to w59. */
export function makeTestTokenizer(): Bytes {
  const names = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
  const words = [...names, ...Array.from({ length: 60 }, (_, i) => `w${i}`)];
  const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  return utf8(
    JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: names.map((name, id) => special(id, name)),
      normalizer: { type: 'BertNormalizer', clean_text: true, lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [token('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, token('[SEP]')],
        pair: [],
        special_tokens: {
          '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
          '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
        },
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      },
    }),
  );
}

export async function writeTestModel(
  folder: string,
  seed = 1,
  config?: EncoderConfig,
): Promise<TestModel> {
  const weights = makeSyntheticEncoder(seed, config);
  const tokenizer = makeTestTokenizer();
  const name = `synthetic-${seed}`;
  const saved = saveEncoder(weights, { name, licence: 'CC0-1.0', tokenizer });
  await mkdir(path.join(folder, 'shards'), { recursive: true });
  for (const [index, { sha256 }] of saved.manifest.shards.entries()) {
    await writeFile(path.join(folder, 'shards', sha256), saved.shards[index]);
  }
  await writeFile(path.join(folder, 'tokenizer.json'), tokenizer);
  await writeFile(path.join(folder, 'manifest.json'), saved.manifestBytes);
  return { id: saved.id, name, folder, weights, shards: saved.shards };
}
