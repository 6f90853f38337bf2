// From sound to text with times: windows of up to 30 s, one after another, since each begins where
// the last one was understood (Radford et al. 2022, section 3.8). Temperature is 0 throughout, so
// that the same sound gives the same text. A window is not told what was said before it, as Whisper
// can be: one that goes wrong would take those behind it along.
//
//   hear a window → nobody speaks: skip it
//                 → the decoder loops: hear its first half instead; still loops: leave the repeats out
//                 → cut into segments at its times; the next window begins at the last whole one
import type { TensorMap } from '#protocol/tensor.ts';
import { cutSegments } from './cut-segments.ts';
import { dropLoops } from './drop-loops.ts';
import { createLogMel, framesPerSecond, type LogMel, sampleRate, windowFrames } from './log-mel.ts';
import type { Audio } from './read-wav.ts';
import { resample } from './resample.ts';
import { speechLimits } from './speech-limits.ts';
import type { Segment, Transcript } from './transcript.ts';
import type { Vocabulary } from './vocabulary.ts';
import { makeRequest, readReply, type Task, type WindowAnswer } from './window-exchange.ts';

/** Each request's outputs, in order, from wherever the model is run. */
export type Infer = (requests: TensorMap[], signal?: AbortSignal) => Promise<TensorMap[]>;

export interface TranscribeOptions {
  vocabulary: Vocabulary;
  infer: Infer;
  /** Whisper's code (findLanguage); null to have it told from the first window with speech. */
  language?: string | null;
  task?: Task;
  /** Tokens of text that the first window is told as said before it: names, a style. */
  prompt?: readonly number[];
  signal?: AbortSignal;
  /** Seconds of sound that are done. */
  onProgress?(done: number, total: number): void;
  /** Awaited now and then while this thread computes, so that its host can do other things. */
  pause?(): void | Promise<void>;
}

/** A rest shorter than this is the end of a word that was understood. */
const restFramesMin = 10;
/** A window no longer than this is not halved again. */
const halvedFramesMin = 500;

/** @throws speech/reply, the signal's reason, and what `infer` throws */
export async function transcribe(audio: Audio, options: TranscribeOptions): Promise<Transcript> {
  const pause = options.pause ?? (() => {});
  const samples = await resample(audio.samples, { from: audio.rate, to: sampleRate, pause });
  const mel = await createLogMel(samples, pause);
  const seconds = audio.samples.length / audio.rate;
  const listener = new Listener(mel, options);
  let at = 0;
  while (mel.frames - at >= restFramesMin) {
    options.signal?.throwIfAborted();
    at += await listener.hear(at);
    options.onProgress?.(Math.min(seconds, at / framesPerSecond), seconds);
  }
  const { segments, language } = listener;
  const text = segments
    .map((segment) => segment.text)
    .join('')
    .trim();
  return { text, language, seconds, segments };
}

class Listener {
  readonly segments: Segment[] = [];
  language: string | null;
  readonly #mel: LogMel;
  readonly #options: TranscribeOptions;
  #prompt: readonly number[];

  constructor(mel: LogMel, options: TranscribeOptions) {
    this.#mel = mel;
    this.#options = options;
    this.language = options.language ?? null;
    this.#prompt = (options.prompt ?? []).slice(-speechLimits.promptTokensMax);
  }

  /** @returns frames that are done with */
  async hear(at: number): Promise<number> {
    const { vocabulary } = this.#options;
    let frames = Math.min(windowFrames, this.#mel.frames - at);
    let answer = await this.#ask(at, frames);
    if (answer.tokens && dropLoops(answer.tokens, vocabulary).loops && frames > halvedFramesMin) {
      frames = Math.ceil(frames / 2);
      answer = await this.#ask(at, frames);
    }
    this.#prompt = [];
    if (!answer.tokens) return frames;
    this.language ??= answer.language;
    const { tokens, loops } = dropLoops(answer.tokens, vocabulary);
    const cut = cutSegments(tokens, frames, vocabulary);
    for (const segment of cut.segments) this.#add(segment, at, answer);
    // Where a loop stood, its times say nothing: hearing on from them could take a step at a time.
    return loops ? frames : cut.frames;
  }

  async #ask(at: number, frames: number): Promise<WindowAnswer> {
    const { vocabulary, infer, signal, task = 'transcribe' } = this.#options;
    const features = this.#mel.window(at, frames);
    const question = { features, language: this.language, task, prompt: this.#prompt };
    const [reply] = await infer([makeRequest(question, vocabulary)], signal);
    return readReply(reply ?? {}, question, vocabulary);
  }

  #add(
    { start, end, tokens }: { start: number; end: number; tokens: number[] },
    at: number,
    { noSpeechProbability, meanLogProbability }: WindowAnswer,
  ): void {
    const text = this.#options.vocabulary.text(tokens);
    if (text.trim() === '' || end <= start) return;
    const offset = at / framesPerSecond;
    const total = this.#mel.frames / framesPerSecond;
    this.segments.push({
      start: round(offset + start),
      end: round(Math.min(offset + end, total)),
      text,
      tokens,
      seek: at,
      noSpeechProbability,
      meanLogProbability,
    });
  }
}

/** Times are whole hundredths. */
function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
