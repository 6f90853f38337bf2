// Tokens against what WordPiece is known to give, for text that is plain, odd or hostile.
import { describe, expect, test } from 'vitest';
import { defaultSource, readModelSource } from '#cli/model-source.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import { utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';

const { tokenizer: bytes } = await readModelSource(defaultSource);
const tokenizer = openTokenizer(bytes);
const { vocab } = JSON.parse(bytes.toString('utf8')).model as { vocab: Record<string, number> };
const words = Object.entries(vocab).reduce((list: string[], [word, id]) => {
  list[id] = word;
  return list;
}, []);

const show = (text: string) => [...tokenizer.encode(text)].map((id) => words[id]).join(' ');

describe('WordPiece as BERT defines it', () => {
  test.each([
    ['Hello, world!', '[CLS] hello , world ! [SEP]'],
    ['', '[CLS] [SEP]'],
    ['   \t\n ', '[CLS] [SEP]'],
    ['unaffable', '[CLS] una ##ffa ##ble [SEP]'],
    ['Café NAÏVE Ångström', '[CLS] cafe naive ang ##strom [SEP]'],
    ['漢日本x', '[CLS] 漢 日 本 x [SEP]'],
    ['🎉 party', '[CLS] [UNK] party [SEP]'],
    ['a\u0000b\u0007\tc\u200bd', '[CLS] ab cd [SEP]'],
    ["don't-stop 4.2%", "[CLS] don ' t - stop 4 . 2 % [SEP]"],
    ['x'.repeat(101), '[CLS] [UNK] [SEP]'],
    ['\ud800 lone', '[CLS] lone [SEP]'],
  ])('%j', (text, expected) => {
    expect(show(text)).toBe(expected);
  });

  test('ids are those of bert-base-uncased', () => {
    expect([...tokenizer.encode('Hello, world!')]).toEqual([101, 7592, 1010, 2088, 999, 102]);
  });

  test('nothing is truncated or padded, whatever tokenizer.json says', () => {
    expect(tokenizer.encode('whale '.repeat(1000))).toHaveLength(1002);
    expect(tokenizer.encode('whale')).toHaveLength(3);
  });
});

describe('a tokenizer.json that cannot be used', () => {
  test.each(['', '{', '[]', '"x"', '{}', '{"model":{"type":"WordPiece"}}'])('%s', (text) => {
    expect(() => openTokenizer(utf8(text))).toThrow(IdlewildError);
    expect(() => openTokenizer(utf8(text))).toThrow(/^tokenizer.json: /);
  });

  test('one whose ids are no ids', () => {
    const definition = JSON.parse(bytes.toString('utf8'));
    definition.added_tokens = [];
    definition.model.vocab = { '[UNK]': -1, '[CLS]': 'one', '[SEP]': 0.5 };
    expect(() => openTokenizer(utf8(JSON.stringify(definition)))).toThrow(IdlewildError);
  });
});
