// Real speech through the whole pipeline, with Whisper-tiny on wasm: what was said, where, and how
// many words are wrong. The floors stand well above what was measured, which is printed each time.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Audio, readWav } from '#speech/read-wav.ts';
import { resample } from '#speech/resample.ts';
import { type Infer, type TranscribeOptions, transcribe } from '#speech/transcribe.ts';
import { findSynthesizer } from './find-synthesizer.ts';
import { openWhisper } from './open-whisper.ts';
import { joinRecordings, readRecordings } from './recordings.ts';
import { openWhisperVocabulary, readWhisper } from './whisper-files.ts';
import { countWordErrors } from './word-errors.ts';
import { writeWav } from './write-wav.ts';

const vocabulary = openWhisperVocabulary();
const recordings = readRecordings();
let infer: Infer;
beforeAll(async () => {
  infer = await openWhisper(readWhisper());
});

const hear = (audio: Audio, options: Partial<TranscribeOptions> = {}) =>
  transcribe(audio, { vocabulary, infer, ...options });

function judge(what: string, said: string, heard: string): number {
  const { errors, words, rate } = countWordErrors(said, heard);
  process.stderr.write(`${what}: ${errors} of ${words} words wrong. ${heard}\n`);
  return rate;
}

describe('sentences of a novel, read by a volunteer', () => {
  test('each alone', async () => {
    const heard: string[] = [];
    for (const { name, bytes } of recordings) heard.push((await hear(readWav(bytes, name))).text);
    const said = recordings.map(({ words }) => words).join(' ');
    // 11 of 71, each without what was said around it.
    expect(judge('Alone', said, heard.join(' '))).toBeLessThan(0.25);
  });

  test('together, twice: longer than a window, nothing lost between', async () => {
    const audio = joinRecordings([...recordings, ...recordings]);
    const transcript = await hear(audio);
    expect(judge('Together', audio.words, transcript.text)).toBeLessThan(0.15);
    expect(transcript.language).toBe('en');
    expect(new Set(transcript.segments.map(({ seek }) => seek)).size).toBeGreaterThan(1);
    let last = 0;
    for (const { start, end } of transcript.segments) {
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThan(start);
      last = end;
    }
    expect(last).toBeLessThanOrEqual(transcript.seconds);
    // Each sentence stands where it was put: the second reading begins after the first ends.
    const half = transcript.seconds / 2;
    const dashwoods = transcript.segments.filter(({ text }) => /Dashwood/.test(text));
    expect(dashwoods).toHaveLength(2);
    expect(dashwoods[0].start).toBeLessThan(1);
    expect(Math.abs(dashwoods[1].start - half)).toBeLessThan(2);
  });

  test('from a stereo file of another rate, the language said', async () => {
    const [{ bytes, words }] = recordings;
    const { samples } = readWav(bytes);
    const other = await resample(samples, { from: 16_000, to: 44_100, pause: () => {} });
    const stereo = Array.from(other).flatMap((sample) => [sample * 0.5, sample * 0.5]);
    const file = writeWav(stereo, { rate: 44_100, channels: 2, bits: 24, extensible: true });
    const { text } = await hear(readWav(file), { language: 'en' });
    expect(judge('44.1 kHz, stereo, 24 bits', words, text)).toBeLessThan(0.1);
  });
});

describe('where nobody speaks', () => {
  const seconds = 6;
  const samples = (at: (i: number) => number) => ({
    rate: 16_000,
    samples: Float32Array.from({ length: seconds * 16_000 }, (_, i) => at(i)),
  });
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32 - 0.5) / 50;
  };
  test.each<[string, (i: number) => number]>([
    ['silence', () => 0],
    ['noise', noise],
    ['a tone', (i) => Math.sin((2 * Math.PI * 440 * i) / 16_000) / 4],
  ])('%s is no text', async (_, at) => {
    expect(await hear(samples(at))).toMatchObject({ text: '', language: null, segments: [] });
  });
});

const sentences = [
  "The library closes at nine o'clock, but the reading room stays open until midnight.",
  'Please put the red folder on the second shelf beside the window.',
  'Every morning the farmer walks down to the river and feeds his horses.',
  'Scientists measured the temperature of the ocean at twelve different places.',
  'She bought three apples, a loaf of bread and a bottle of milk at the market.',
];
const synthesizer = findSynthesizer();
if (!synthesizer && process.env.CI) throw new Error('There is no synthesizer: install flite.');

// Skipped where nobody may install the synthesizer; its absence fails in CI.
const lacking = synthesizer ? '' : ' (skipped: no flite here, and nobody who may install it)';
test.skipIf(!synthesizer)(`sentences of a synthesizer${lacking}`, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'idlewild-flite-'));
  try {
    const heard: string[] = [];
    for (const [index, sentence] of sentences.entries()) {
      const file = path.join(folder, `${index}.wav`);
      const args = ['-voice', 'slt', '-t', sentence, '-o', file];
      expect(spawnSync(synthesizer as string, args).status).toBe(0);
      heard.push((await hear(readWav(new Uint8Array(readFileSync(file)), file))).text);
    }
    expect(judge('Synthesizer', sentences.join(' '), heard.join(' '))).toBeLessThan(0.1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
