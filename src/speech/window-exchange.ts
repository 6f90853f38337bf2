// What one window asks the decoder, and what it answers: the tensors of a request to the runner
// `greedy-decoder`, and the tokens of its reply.
import { type Bytes, wordsToBytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap, TensorValue } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { melBands, windowFrames } from './log-mel.ts';
import type { Vocabulary } from './vocabulary.ts';

export type Task = 'transcribe' | 'translate';

export interface WindowQuestion {
  /** [melBands, windowFrames] */
  features: Float32Array<ArrayBuffer>;
  /** Whisper's code, or null: the decoder tells it. */
  language: string | null;
  task: Task;
  /** What was said before, in tokens of text. */
  prompt: readonly number[];
}

export interface WindowAnswer {
  language: string;
  /** Without the start; null where nobody speaks. */
  tokens: number[] | null;
  /** As one machine computed them: told to whoever asks, nothing is decided by them. */
  noSpeechProbability: number;
  meanLogProbability: number;
}

/** In a start: the likeliest of the choices is wanted here. */
const hole = -1;

/** The tokens that a reply begins with. */
function makeStart(question: WindowQuestion, vocabulary: Vocabulary): number[] {
  const { language, task, prompt } = question;
  const before = prompt.length > 0 ? [vocabulary.previous, ...prompt] : [];
  const spoken = language === null ? hole : (vocabulary.languages.get(language) ?? hole);
  return [...before, vocabulary.start, spoken, vocabulary[task]];
}

function integers(values: readonly number[]): TensorValue {
  const data: Bytes = wordsToBytes(Int32Array.from(values));
  return { dtype: 'int32', shape: [values.length], data };
}

export function makeRequest(question: WindowQuestion, vocabulary: Vocabulary): TensorMap {
  const { features } = question;
  const start = makeStart(question, vocabulary);
  const asks = start.includes(hole);
  return {
    input_features: {
      dtype: 'float32',
      shape: [1, melBands, windowFrames],
      data: wordsToBytes(new Int32Array(features.buffer)),
    },
    start: integers(start),
    ...(asks && { choices: integers([...vocabulary.languages.values()]) }),
  };
}

/** @throws speech/reply where the tensors are no answer to the question */
export function readReply(
  reply: TensorMap,
  question: WindowQuestion,
  vocabulary: Vocabulary,
): WindowAnswer {
  const start = makeStart(question, vocabulary);
  const all = readTokens(reply, vocabulary);
  const fits = start.every((token, index) => token === hole || token === all[index]);
  const languageToken = all[start.length - 2];
  const language = [...vocabulary.languages].find(([, token]) => token === languageToken)?.[0];
  if (!fits || language === undefined) {
    throw refuse('its tokens do not begin as they were asked to');
  }
  const tokens = all.slice(start.length);
  const [noSpeechProbability = 0, meanLogProbability = 0] = Array.from(
    reply.scores ? readElements(reply.scores) : [],
  );
  const isSilent = tokens.length === 1 && tokens[0] === vocabulary.noSpeech;
  return { language, tokens: isSilent ? null : tokens, noSpeechProbability, meanLogProbability };
}

function readTokens(reply: TensorMap, { size }: Vocabulary): number[] {
  const tensor = Object.hasOwn(reply, 'tokens') ? reply.tokens : undefined;
  if (tensor?.dtype !== 'int32') throw refuse('it has no int32 tokens');
  const tokens = Array.from(readElements(tensor));
  if (tokens.every((token) => token >= 0 && token < size)) return tokens;
  throw refuse(`its tokens are not all below ${size}`);
}

function refuse(why: string): IdlewildError {
  return new IdlewildError('speech/reply', `The decoder's reply cannot be used: ${why}.`);
}
