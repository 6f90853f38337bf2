// Small tokenizer.json files in the forms in which the families publish theirs: byte-level BPE
// (RoBERTa), Unigram with Metaspace (XLM-RoBERTa, CamemBERT), WordPiece with RoBERTa's special
// tokens (MPNet).

const specials = ['<s>', '<pad>', '</s>', '<unk>'];

const addedTokens = specials.map((content, id) => ({
  id,
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
}));

const shared = { version: '1.0', truncation: null, padding: null, added_tokens: addedTokens };

const number = (words: string[]) => Object.fromEntries(words.map((word, id) => [word, id]));

const robertaProcessing = {
  type: 'RobertaProcessing',
  sep: ['</s>', 2],
  cls: ['<s>', 0],
  trim_offsets: true,
  add_prefix_space: false,
};

/** Letters, their bytes for é and 漢 as GPT-2 writes bytes, and three merges. */
export function robertaTokenizer() {
  const letters = [...'abcdefghijklmnopqrstuvwxyz.Ġ', ...'Ã©', ...'æ¼¢'];
  const merges = ['t h', 'th e', 'Ġ the', 'c a', 'ca t'];
  const words = [...specials, ...letters, ...merges.map((merge) => merge.replace(' ', ''))];
  return {
    ...shared,
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
    post_processor: robertaProcessing,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      vocab: number(words),
      merges,
    },
  };
}

export function xlmRobertaTokenizer() {
  const pieces: [string, number][] = [
    ['▁', -3],
    ['▁the', -2],
    ['▁cat', -3],
    ['▁un', -4],
    ['believ', -5],
    ['able', -4],
    ['s', -3],
    ['。', -5],
    ...[...'abcehilntuv'].map((letter): [string, number] => [letter, -8]),
  ];
  const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  return {
    ...shared,
    normalizer: { type: 'Precompiled', precompiled_charsmap: '' },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('<s>'), { Sequence: { id: 'A', type_id: 0 } }, special('</s>')],
      pair: [],
      special_tokens: {
        '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] },
        '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] },
      },
    },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: {
      type: 'Unigram',
      unk_id: 3,
      vocab: [...specials.map((word): [string, number] => [word, 0]), ...pieces],
      byte_fallback: false,
    },
  };
}

export function mpnetTokenizer() {
  const words = [...specials, '[UNK]', 'the', 'cat', '##s', 'un', '##able', '!'];
  return {
    ...shared,
    normalizer: { type: 'BertNormalizer', clean_text: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: robertaProcessing,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: number(words),
    },
  };
}
