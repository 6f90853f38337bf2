// Whisper's tokens to text: as the published tokenizer decodes them, characters split between tokens
// included; and every tokenizer.json that is none of Whisper's refused.
import { Tokenizer as Published } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { findLanguage, languageName } from '#speech/languages.ts';
import { openVocabulary } from '#speech/vocabulary.ts';
import { openWhisperVocabulary, readWhisperFile } from './whisper-files.ts';

const vocabulary = openWhisperVocabulary();
const published = new Published(
  JSON.parse(new TextDecoder().decode(readWhisperFile('tokenizer.json'))),
  {},
);
const encode = (text: string) =>
  (published.encode(text).ids as number[]).filter((id) => id < vocabulary.end);

test('the special tokens are those that the model was trained with', () => {
  const { text: _, languages, ...ids } = vocabulary;
  expect(ids).toEqual({
    size: 51_865,
    end: 50_257,
    start: 50_258,
    translate: 50_358,
    transcribe: 50_359,
    previous: 50_361,
    noSpeech: 50_362,
    noTimes: 50_363,
    timeBegin: 50_364,
  });
  expect(languages.size).toBe(99);
  expect(languages.get('en')).toBe(50_259);
  expect(languages.get('haw')).toBe(50_352);
});

describe('text', () => {
  const texts = [
    ' And so my fellow Americans',
    " It's 9 o'clock — naïve café, Ångström",
    ' 漢字かな交じり文 и русский текст',
    ' 🎉👩‍👩‍👧 party\n\ttabs',
    'ümlaut',
  ];
  test.each(texts)('%j comes back from its tokens', (text) => {
    const tokens = encode(text);
    expect(vocabulary.text(tokens)).toBe(text);
    expect(published.decode(tokens)).toBe(vocabulary.text(tokens));
  });

  test('a character that lies in several tokens is whole, and a broken one is said to be', () => {
    const tokens = encode('漢');
    expect(tokens.length).toBeGreaterThan(1);
    expect(vocabulary.text(tokens)).toBe('漢');
    expect(vocabulary.text(tokens.slice(0, -1))).toBe('\ufffd');
  });

  test('times and special tokens are no text', () => {
    const [word] = encode(' word');
    expect(vocabulary.text([50_258, 50_364, word, 50_400, 50_257])).toBe(' word');
  });
});

describe('languages', () => {
  test.each([
    ['en', 'en'],
    ['EN-us', 'en'],
    ['English', 'en'],
    ['pt_BR', 'pt'],
    ['jv', 'jw'],
    ['haw', 'haw'],
    [' german ', 'de'],
  ])('%j is %s', (written, code) => {
    expect(findLanguage(written, vocabulary)).toBe(code);
  });

  test('one that the model does not know is refused with those that it does', () => {
    expect(() => findLanguage('klingon', vocabulary)).toThrow(/"klingon".*\n.*en, zh, de/s);
    expect(() => findLanguage('', vocabulary)).toThrow(IdlewildError);
  });

  test("names are OpenAI's", () => {
    expect(['en', 'jw', 'haw', 'zh'].map(languageName)).toEqual([
      'english',
      'javanese',
      'hawaiian',
      'chinese',
    ]);
  });
});

describe('a tokenizer.json that is refused', () => {
  test.each([
    '',
    '[]',
    'null',
    '{}',
    '{"model":{"type":"WordPiece","vocab":{}},"added_tokens":[]}',
    '{"model":{"type":"BPE","vocab":{"a":-1}},"added_tokens":[]}',
    '{"model":{"type":"BPE","vocab":{"a":1e9}},"added_tokens":[]}',
    '{"model":{"type":"BPE","vocab":{"a":1}},"added_tokens":[]}',
  ])('%s', (text) => {
    expect(() => openVocabulary(utf8(text))).toThrow(IdlewildError);
    expect(() => openVocabulary(utf8(text))).toThrow(/^tokenizer.json: /);
  });
});
