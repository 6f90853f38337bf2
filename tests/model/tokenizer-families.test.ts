// Every family's kind of tokenizer goes through openTokenizer: pieces as the kind defines them, the
// family's special tokens at both ends, nothing cut.
import { describe, expect, test } from 'vitest';
import { openTokenizer } from '#model/tokenizer.ts';
import { utf8 } from '#protocol/bytes.ts';
import { mpnetTokenizer, robertaTokenizer, xlmRobertaTokenizer } from './tiny-tokenizers.ts';

interface Definition {
  model: { vocab: Record<string, number> | [string, number][] };
}

function show(definition: Definition) {
  const { vocab } = definition.model;
  const words: string[] = [];
  if (Array.isArray(vocab)) words.push(...vocab.map(([word]) => word));
  else for (const [word, id] of Object.entries(vocab)) words[id] = word;
  const tokenizer = openTokenizer(utf8(JSON.stringify(definition)));
  return (text: string) => [...tokenizer.encode(text)].map((id) => words[id]).join(' ');
}

describe('byte-level BPE, as RoBERTa has it', () => {
  const encode = show(robertaTokenizer());
  test.each([
    ['the cat', '<s> the Ġ cat </s>'],
    ['a the', '<s> a Ġthe </s>'],
    ['thé.', '<s> th Ã © . </s>'],
    ['漢', '<s> æ ¼ ¢ </s>'],
    ['', '<s> </s>'],
  ])('%j', (text, expected) => {
    expect(encode(text)).toBe(expected);
  });
});

describe('Unigram, as XLM-RoBERTa has it', () => {
  const encode = show(xlmRobertaTokenizer());
  test.each([
    ['the cats', '<s> ▁the ▁cat s </s>'],
    ['unbelievable', '<s> ▁un believ able </s>'],
    ['the\u3000cat。', '<s> ▁the ▁cat 。 </s>'],
    ['ｔｈｅ', '<s> ▁the </s>'],
    ['the 漢', '<s> ▁the ▁ <unk> </s>'],
    ['', '<s> </s>'],
  ])('%j', (text, expected) => {
    expect(encode(text)).toBe(expected);
  });
});

describe('WordPiece, as MPNet has it', () => {
  const encode = show(mpnetTokenizer());
  test.each([
    ['The cats!', '<s> the cat ##s ! </s>'],
    ['unable', '<s> un ##able </s>'],
    ['漢', '<s> [UNK] </s>'],
    ['', '<s> </s>'],
  ])('%j', (text, expected) => {
    expect(encode(text)).toBe(expected);
  });
});

test.each([robertaTokenizer(), xlmRobertaTokenizer(), mpnetTokenizer()])(
  'nothing is cut, so that the special tokens stay (%#)',
  (definition) => {
    const cutting = {
      ...definition,
      truncation: { max_length: 4, strategy: 'LongestFirst', direction: 'Right', stride: 0 },
    };
    const tokenizer = openTokenizer(utf8(JSON.stringify(cutting)));
    const ids = tokenizer.encode('the cat '.repeat(50).trim());
    expect(ids.length).toBeGreaterThanOrEqual(102);
    expect([ids[0], ids[ids.length - 1]]).toEqual([0, 2]);
  },
);
