// /v1/audio/transcriptions as OpenAI's own client uses it: each format, each refusal, with
// Whisper-tiny really heard, on a server of that route alone.
import Fastify, { type FastifyInstance } from 'fastify';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addAudioRoutes } from '#coordinator/audio-routes.ts';
import { replyFailure } from '#coordinator/http-errors.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { openWhisper } from '../speech/open-whisper.ts';
import { readRecordings } from '../speech/recordings.ts';
import { openWhisperVocabulary, readWhisper, readWhisperFile } from '../speech/whisper-files.ts';
import { countWordErrors } from '../speech/word-errors.ts';
import { writeWav } from '../speech/write-wav.ts';

const [recording] = readRecordings();
const vocabulary = openWhisperVocabulary();
const asked: TensorMap[] = [];
const known = {
  vocabulary,
  tokenizer: () => openTokenizer(readWhisperFile('tokenizer.json')),
};

function gate() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A model whose windows wait: `full` once four are there, answered with nothing by `release`. */
const held = {
  model: 'held',
  asked: 0,
  full: gate(),
  release: gate(),
  async infer(): Promise<TensorMap[]> {
    if (++held.asked === 4) held.full.resolve();
    await held.release.promise;
    return [];
  },
};
let server: FastifyInstance;
let client: OpenAI;

beforeAll(async () => {
  const infer = await openWhisper(readWhisper());
  server = Fastify();
  server.setErrorHandler((thrown, request, reply) => replyFailure(request.url, reply, thrown));
  server.addContentTypeParser('multipart/form-data', (_request, payload, done) =>
    done(null, payload),
  );
  addAudioRoutes(server, (_request, model) => {
    if (model === held.model) return { ...known, infer: held.infer };
    if (model !== 'whisper-tiny') return null;
    return {
      ...known,
      infer: (requests, signal) => {
        asked.push(...requests);
        return infer(requests, signal);
      },
    };
  });
  const origin = await server.listen({ host: '127.0.0.1', port: 0 });
  client = new OpenAI({ apiKey: 'sk-none', baseURL: `${origin}/v1`, maxRetries: 0 });
});
afterAll(() => server.close());

const model = 'whisper-tiny';
const speech = () => toFile(recording.bytes, 'austen.wav');
const errorsIn = (text: string) => countWordErrors(recording.words, text).errors;

describe('formats', () => {
  test('json, the default', async () => {
    const answer = await client.audio.transcriptions.create({ file: await speech(), model });
    expect(errorsIn(answer.text)).toBeLessThanOrEqual(2);
    expect(answer).toMatchObject({ usage: { type: 'duration', seconds: 8 }, x_class: 'bounded' });
  });

  test('verbose_json, with a prompt that the decoder is told', async () => {
    asked.length = 0;
    const answer = await client.audio.transcriptions.create({
      file: await speech(),
      model,
      language: 'en',
      prompt: 'Sense and Sensibility',
      temperature: 0,
      response_format: 'verbose_json',
      timestamp_granularities: ['segment'],
    });
    expect(errorsIn(answer.text)).toBeLessThanOrEqual(2);
    expect(answer).toMatchObject({ task: 'transcribe', language: 'english', duration: 7.1 });
    const [segment] = answer.segments ?? [];
    expect(segment).toMatchObject({ id: 0, seek: 0, start: 0, temperature: 0 });
    expect(segment.avg_logprob).toBeLessThan(0);
    expect(segment.no_speech_prob).toBeLessThan(0.5);
    expect(segment.compression_ratio).toBeGreaterThan(0.5);
    expect(segment.tokens.length).toBeGreaterThan(5);
    const start = Array.from(readElements(asked[0].start));
    const words = start.slice(1, start.indexOf(vocabulary.start));
    expect(start[0]).toBe(vocabulary.previous);
    expect(vocabulary.text(words)).toBe(' Sense and Sensibility');
  });

  test('text, srt and vtt', async () => {
    const ask = async (response_format: 'text' | 'srt' | 'vtt') =>
      client.audio.transcriptions.create({
        file: await speech(),
        model,
        language: 'english',
        response_format,
      });
    expect(errorsIn(await ask('text'))).toBeLessThanOrEqual(2);
    expect(await ask('srt')).toMatch(/^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\n.*Dashwood/);
    expect(await ask('vtt')).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\n.*Dashwood/);
  });
});

describe('what is refused, by the field that is at fault', () => {
  const ask = (change: object) =>
    client.audio.transcriptions.create({
      file: new File([writeWav([0, 0])], 'a.wav'),
      model,
      ...change,
    } as OpenAI.Audio.TranscriptionCreateParamsNonStreaming);
  test.each<[string, object, object]>([
    ['another model', { model: 'gpt' }, { status: 404, code: 'model_not_found', param: 'model' }],
    ['no WAV', { file: new File(['ID3'], 'a.mp3') }, { status: 400, param: 'file' }],
    [
      'a WAV that is cut short',
      { file: new File([writeWav(new Float32Array(99)).subarray(0, 90)], 'cut.wav') },
      { status: 400, param: 'file', message: expect.stringMatching(/cut\.wav: byte 36/) },
    ],
    ['a language', { language: 'tlh' }, { status: 400, param: 'language' }],
    ['a temperature', { temperature: 0.4 }, { status: 400, param: 'temperature' }],
    ['a format', { response_format: 'docx' }, { status: 400, param: 'response_format' }],
    [
      'times of words',
      { timestamp_granularities: ['word', 'segment'] },
      { status: 400, param: 'timestamp_granularities[]' },
    ],
    [
      'a field that is not honoured',
      { include: ['logprobs'] },
      { status: 400, param: 'include[]' },
    ],
  ])('%s', async (_, change, refusal) => {
    await expect(ask(change)).rejects.toMatchObject(refusal);
  });

  test('a file above the limit, which it names', async () => {
    const large = new File([new Uint8Array((25 << 20) + 1)], 'long.wav');
    const refused = client.audio.transcriptions.create({ file: large, model });
    await expect(refused).rejects.toMatchObject({
      status: 413,
      message: expect.stringMatching(/audioBytesMax/),
    });
  });

  test('a form without a file or a model, and what is no form', async () => {
    const send = async (fields: Record<string, string>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      const response = await fetch(`${client.baseURL}/audio/transcriptions`, {
        method: 'POST',
        body: form,
      });
      return [
        response.status,
        ((await response.json()) as { error: { param: string } }).error.param,
      ];
    };
    expect(await send({ model })).toEqual([400, 'file']);
    const payload = 'not a form';
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const broken = await server.inject({
      method: 'POST',
      url: '/v1/audio/transcriptions',
      headers,
      payload,
    });
    expect(broken.statusCode).toBe(400);
  });
});

test('more at once than the limit are told to come again', async () => {
  const ask = () =>
    client.audio.transcriptions.create({
      file: new File([writeWav(new Float32Array(8_000))], 'a.wav'),
      model: held.model,
    });
  const four = Promise.allSettled([ask(), ask(), ask(), ask()]);
  await held.full.promise;
  await expect(ask()).rejects.toMatchObject({ status: 503, code: 'limits/transcriptions' });
  held.release.resolve();
  // What they are answered then is no reply of a decoder, which is a failure and told as such.
  expect((await four).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
  await expect(ask()).rejects.toMatchObject({ status: 500 });
});
