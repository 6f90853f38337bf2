// The way through a long recording, with a decoder whose answers are given: what is asked of it, what
// is made of what it says, and that no answer can stop the way or be believed unread.
import { describe, expect, test } from 'vitest';
import type { TensorMap } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import type { Infer, TranscribeOptions } from '#speech/transcribe.ts';
import { transcribe } from '#speech/transcribe.ts';
import { openWhisperVocabulary } from './whisper-files.ts';

const vocabulary = openWhisperVocabulary();
const { start, transcribe: task, timeBegin, noSpeech, previous } = vocabulary;
const english = 50_259;
const german = 50_261;
const at = (seconds: number) => timeBegin + Math.round(seconds * 50);
/** Tokens that are text: " one", " two", and so on, whatever they say. */
const word = (index: number) => 2_000 + index;
const text = (...words: number[]) => vocabulary.text(words.map(word));

interface Asked {
  start: number[];
  choices: number;
  features: ArrayLike<number>;
}

/** A decoder that says what it is told to, window by window; a language where it is asked for one. */
function script(windows: number[][], spoken = english) {
  const asked: Asked[] = [];
  const infer: Infer = async ([request]) => {
    const begin = Array.from(readElements(request.start));
    const choices = request.choices ? request.choices.shape[0] : 0;
    asked.push({ start: begin, choices, features: readElements(request.input_features) });
    const filled = begin.map((token) => (token === -1 ? spoken : token));
    return [reply([...filled, ...windows[asked.length - 1]])];
  };
  return { asked, infer };
}

function reply(tokens: number[]): TensorMap {
  const integers = (values: number[]) => new Uint8Array(Int32Array.from(values).buffer);
  const scores = new Uint8Array(Float32Array.of(0.25, -0.5).buffer);
  return {
    tokens: { dtype: 'int32', shape: [tokens.length], data: integers(tokens) },
    scores: { dtype: 'float32', shape: [2], data: scores },
  };
}

const sound = (seconds: number, rate = 16_000) => ({
  rate,
  samples: Float32Array.from({ length: seconds * rate }, (_, i) => Math.sin(i / 5) / 2),
});

const hear = (seconds: number, infer: Infer, options: Partial<TranscribeOptions> = {}) =>
  transcribe(sound(seconds), { vocabulary, infer, ...options });

describe('what is asked', () => {
  test('the language is a hole until it is told, then it is said', async () => {
    const { asked, infer } = script(
      [
        [at(0), word(1), at(30)],
        [at(0), word(2), at(5)],
      ],
      german,
    );
    const { language } = await hear(35, infer);
    expect(asked.map((one) => one.start)).toEqual([
      [start, -1, task],
      [start, german, task],
    ]);
    expect(asked.map(({ choices }) => choices)).toEqual([99, 0]);
    expect(language).toBe('de');
  });

  test('a language that is given, a prompt for the first window alone, another task', async () => {
    const { asked, infer } = script([
      [at(0), word(1), at(30)],
      [at(0), word(2), at(5)],
    ]);
    const prompt = Array.from({ length: 300 }, (_, i) => word(i));
    await hear(35, infer, { language: 'en', prompt, task: 'translate' });
    expect(asked[0].start).toEqual([
      previous,
      ...prompt.slice(-223),
      start,
      english,
      vocabulary.translate,
    ]);
    expect(asked[1].start).toEqual([start, english, vocabulary.translate]);
  });

  test('each window begins where the last was understood', async () => {
    const { asked, infer } = script([
      [at(0), word(1), at(12), at(12), word(2)],
      [at(0), word(2), at(23)],
    ]);
    const progress: number[][] = [];
    const transcript = await hear(35, infer, {
      language: 'en',
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(transcript.segments.map((one) => [one.start, one.end, one.text, one.seek])).toEqual([
      [0, 12, text(1), 0],
      [12, 35, text(2), 1_200],
    ]);
    expect(transcript.text).toBe((text(1) + text(2)).trim());
    expect(transcript.seconds).toBe(35);
    expect(progress).toEqual([
      [12, 35],
      [35, 35],
    ]);
    // 23 s of sound, then nothing.
    expect(asked[1].features[2_299]).not.toBe(0);
    expect(asked[1].features[2_300]).toBe(0);
  });

  test('another rate is made 16 kHz first', async () => {
    const { asked, infer } = script([[at(0), word(1), at(2)]]);
    const transcript = await transcribe(sound(2, 44_100), { vocabulary, infer });
    expect(asked).toHaveLength(1);
    expect(asked[0].features[199]).not.toBe(0);
    expect(transcript.segments).toMatchObject([{ start: 0, end: 2 }]);
  });
});

describe('what is made of the answers', () => {
  test('where nobody speaks there is no segment, and no language', async () => {
    const { asked, infer } = script([[noSpeech], [at(0), word(1), at(5)]], german);
    const transcript = await hear(35, infer);
    expect(transcript.segments).toMatchObject([{ start: 30, end: 35 }]);
    expect(asked[1].start).toEqual([start, -1, task]);
    const silent = await hear(3, script([[noSpeech]]).infer);
    expect(silent).toMatchObject({ text: '', language: null, segments: [] });
  });

  test('a window that loops is heard in halves, its repeats left out where it loops still', async () => {
    const loop = [at(0), word(1), ...Array.from({ length: 40 }, () => word(2)), at(8)];
    const halved = script([loop, [at(0), word(3), at(4)], [at(0), word(4), at(4)]]);
    const good = await hear(8, halved.infer, { language: 'en' });
    expect(good.text).toBe((text(3) + text(4)).trim());
    expect(halved.asked[1].features[399]).not.toBe(0);
    expect(halved.asked[1].features[400]).toBe(0);
    const stubborn = script([loop, loop.with(-1, at(4)), [at(0), word(4), at(4)]]);
    const bad = await hear(8, stubborn.infer, { language: 'en' });
    expect(bad.text).toBe(text(1, 2, 4).trim());
  });

  test('repeats with times of their own are one', async () => {
    const said = Array.from({ length: 7 }, (_, i) => [
      at(i / 2),
      word(1),
      word(2),
      at(i / 2 + 0.5),
    ]);
    const transcript = await hear(4, script([said.flat()]).infer);
    expect(transcript.text).toBe(text(1, 2).trim());
    expect(transcript.segments).toMatchObject([{ start: 0, end: 0.5 }]);
  });

  test('scores are told, empty segments and those without a length are not', async () => {
    const tokens = [at(0), at(1), at(1), word(1), at(1), at(1), word(2), at(5)];
    const transcript = await hear(5, script([tokens]).infer);
    expect(transcript.segments).toMatchObject([
      { start: 1, end: 5, noSpeechProbability: 0.25, meanLogProbability: -0.5 },
    ]);
  });

  test('sound too short for a word is not asked about', async () => {
    const { asked, infer } = script([]);
    const transcript = await hear(0.05, infer);
    expect(asked).toHaveLength(0);
    expect(transcript).toMatchObject({ text: '', seconds: 0.05 });
  });

  test('whatever the decoder says, each window ends', async () => {
    const stuck = script(Array.from({ length: 4 }, () => [at(0), word(1), at(0), at(0), word(2)]));
    await hear(62, stuck.infer);
    expect(stuck.asked).toHaveLength(3);
  });
});

describe('answers that are refused', () => {
  const answers: [string, TensorMap][] = [
    ['none', {}],
    ['tokens of another type', { tokens: { dtype: 'int64', shape: [0], data: new Uint8Array(0) } }],
    ['another start', reply([start, english, 50_358, at(0), word(1), at(1)])],
    ['no language', reply([start, task, task, at(0), word(1), at(1)])],
    ['fewer than the start', reply([start])],
    ['a token beyond the vocabulary', reply([start, english, task, 60_000])],
    ['a negative token', reply([start, english, task, -5])],
  ];
  test.each(answers)('%s', async (_, answer) => {
    const refused = hear(3, async () => [answer]);
    await expect(refused).rejects.toMatchObject({ code: 'speech/reply' });
  });

  test('a signal ends it', async () => {
    const stop = new AbortController();
    const { asked, infer } = script([[at(0), word(1), at(30)]]);
    const heard = hear(31, infer, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(heard).rejects.toMatchObject({ name: 'AbortError' });
    expect(asked).toHaveLength(1);
  });
});
