// /v1/audio/transcriptions, in OpenAI's shapes: a WAV file in, text with times out. The windows of
// the sound are run wherever `infer` runs a bounded model; what is around it is computed here.
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Tokenizer } from '#model/tokenizer.ts';
import { findLanguage } from '#speech/languages.ts';
import { readWav } from '#speech/read-wav.ts';
import { type Infer, transcribe } from '#speech/transcribe.ts';
import type { Vocabulary } from '#speech/vocabulary.ts';
import { replyOpenAiError } from './http-errors.ts';
import { readBoundary } from './multipart.ts';
import { makeTranscriptionAnswer } from './transcription-body.ts';
import {
  audioSecondsMax,
  faultOf,
  readTranscriptionForm,
  type TranscriptionForm,
} from './transcription-form.ts';

/** Computed at once, each with its sound in memory. */
const transcriptionsMax = 4;

/** A model that hears speech, as a requester's project may use it. */
export interface SpeechModel {
  vocabulary: Vocabulary;
  /** Opened for a prompt alone. */
  tokenizer(): Tokenizer;
  infer: Infer;
}

/** @returns null where there is no such model for this request */
export type FindSpeechModel = (
  request: FastifyRequest,
  model: string,
) => SpeechModel | null | Promise<SpeechModel | null>;

/** The scope is one of requesters (addRequesterScope), which has a parser for forms. */
export function addAudioRoutes(scope: FastifyInstance, findModel: FindSpeechModel): void {
  let running = 0;
  scope.post('/v1/audio/transcriptions', async (request, reply) => {
    if (running >= transcriptionsMax) return replyBusy(reply);
    running++;
    try {
      return await take(request, reply, findModel);
    } finally {
      running--;
    }
  });
}

async function take(
  request: FastifyRequest,
  reply: FastifyReply,
  findModel: FindSpeechModel,
): Promise<FastifyReply> {
  const boundary = readBoundary(request.headers['content-type'] ?? '');
  const chunks = request.body as AsyncIterable<Uint8Array>;
  const read = await readTranscriptionForm(chunks, boundary);
  if (!read.ok) {
    // The rest of an upload that is refused is not read: the connection ends with the answer.
    reply.header('connection', 'close');
    return replyOpenAiError(reply, read.status, read.fault);
  }
  const model = await findModel(request, read.form.model);
  if (!model) return replyNoModel(reply, read.form.model);
  return answer(model, read.form, reply);
}

function replyBusy(reply: FastifyReply): FastifyReply {
  const message = `${transcriptionsMax} transcriptions are being made (transcriptionsMax): try again.`;
  reply.header('retry-after', '5').header('connection', 'close');
  return replyOpenAiError(reply, 503, { message, code: 'limits/transcriptions' });
}

function replyNoModel(reply: FastifyReply, model: string): FastifyReply {
  const message = `The model '${model.slice(0, 80)}' does not exist here, or hears no speech.`;
  return replyOpenAiError(reply, 404, { message, param: 'model', code: 'model_not_found' });
}

async function answer(
  { vocabulary, tokenizer, infer }: SpeechModel,
  form: TranscriptionForm,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  reply.raw.once('close', leave);
  try {
    const language = form.language === null ? null : findLanguage(form.language, vocabulary);
    const prompt =
      form.prompt.trim() === '' ? [] : promptTokens(form.prompt, tokenizer(), vocabulary);
    const transcript = await transcribe(readWav(form.bytes, form.name, audioSecondsMax), {
      vocabulary,
      infer,
      language,
      prompt,
      signal: gone.signal,
      pause: () => setImmediate(),
    });
    const { type, body } = makeTranscriptionAnswer(transcript, form.format);
    return reply.type(type).send(body);
  } catch (thrown) {
    const known = faultOf(thrown);
    if (!known) throw thrown;
    return replyOpenAiError(reply, known.status, known.fault);
  } finally {
    reply.raw.off('close', leave);
  }
}

/** Words only: the tokenizer puts special tokens around them. */
function promptTokens(text: string, tokenizer: Tokenizer, { end }: Vocabulary): readonly number[] {
  return Array.from(tokenizer.encode(` ${text.trim()}`)).filter((token) => token < end);
}
