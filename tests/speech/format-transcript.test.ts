// Subtitles as players read them, by the formats' own rules.
import { expect, test } from 'vitest';
import { toPlainText, toSrt, toVtt } from '#speech/format-transcript.ts';
import type { Transcript } from '#speech/transcript.ts';

const segment = (start: number, end: number, text: string) => ({
  start,
  end,
  text,
  tokens: [],
  seek: 0,
  noSpeechProbability: 0,
  meanLogProbability: 0,
});
const transcript: Transcript = {
  text: 'One & two <b> --> three.',
  language: 'en',
  seconds: 4_000,
  segments: [segment(0, 59.999, ' One & two'), segment(60, 3_723.45, ' <b> --> three.')],
};

test('SubRip', () => {
  expect(toSrt(transcript)).toBe(
    '1\n00:00:00,000 --> 00:00:59,999\nOne & two\n\n' +
      '2\n00:01:00,000 --> 01:02:03,450\n<b> -> three.\n\n',
  );
});

test('WebVTT', () => {
  expect(toVtt(transcript)).toBe(
    'WEBVTT\n\n00:00:00.000 --> 00:00:59.999\nOne &amp; two\n\n' +
      '00:01:00.000 --> 01:02:03.450\n&lt;b> -> three.\n\n',
  );
});

test('plain lines, and nothing where nobody spoke', () => {
  expect(toPlainText(transcript)).toBe('One & two\n<b> --> three.\n');
  const silent = { ...transcript, text: '', segments: [] };
  expect([toPlainText(silent), toSrt(silent), toVtt(silent)]).toEqual(['', '', 'WEBVTT\n\n']);
});
