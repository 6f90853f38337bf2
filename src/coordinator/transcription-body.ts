// OpenAI's transcription answers, from a transcript: the five formats of /v1/audio/transcriptions.
import { deflateSync } from 'node:zlib';
import { toSrt, toVtt } from '#speech/format-transcript.ts';
import { languageName } from '#speech/languages.ts';
import type { Segment, Transcript } from '#speech/transcript.ts';

export const transcriptionFormats = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const;
export type TranscriptionFormat = (typeof transcriptionFormats)[number];

export interface TranscriptionAnswer {
  type: string;
  body: string;
}

/** What Whisper takes for a sign of loops: text that packs too well. */
function compressionRatio(text: string): number {
  const bytes = Buffer.from(text);
  return bytes.length === 0 ? 0 : bytes.length / deflateSync(bytes).length;
}

function toSegment(segment: Segment, id: number) {
  const { seek, start, end, text, tokens, meanLogProbability, noSpeechProbability } = segment;
  return {
    id,
    seek,
    start,
    end,
    text,
    tokens,
    temperature: 0,
    avg_logprob: meanLogProbability,
    compression_ratio: compressionRatio(text),
    no_speech_prob: noSpeechProbability,
  };
}

/** OpenAI's usage of a model that is paid by the second. */
function usageOf({ seconds }: Transcript) {
  return { type: 'duration', seconds: Math.ceil(seconds) };
}

function json(value: unknown): TranscriptionAnswer {
  return { type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

export function verboseBody(transcript: Transcript) {
  const { text, language, seconds, segments } = transcript;
  return {
    task: 'transcribe',
    language: language === null ? '' : languageName(language),
    duration: Math.round(seconds * 100) / 100,
    text,
    segments: segments.map(toSegment),
    usage: usageOf(transcript),
    x_class: 'bounded',
  };
}

export function makeTranscriptionAnswer(
  transcript: Transcript,
  format: TranscriptionFormat,
): TranscriptionAnswer {
  const plain = 'text/plain; charset=utf-8';
  switch (format) {
    case 'json':
      return json({ text: transcript.text, usage: usageOf(transcript), x_class: 'bounded' });
    case 'verbose_json':
      return json(verboseBody(transcript));
    case 'text':
      return { type: plain, body: `${transcript.text}\n` };
    case 'srt':
      return { type: plain, body: toSrt(transcript) };
    case 'vtt':
      return { type: 'text/vtt; charset=utf-8', body: toVtt(transcript) };
  }
}
