// Where transcripts go: in the order that the files were named, whichever is done first, and to
// files that do not overwrite each other.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openTranscriptDesk } from '#cli/transcript-desk.ts';
import { IdlewildError } from '#protocol/errors.ts';

const outcome = (text: string) => ({
  transcript: {
    text,
    language: 'en',
    seconds: 1,
    segments: [
      {
        start: 0,
        end: 1,
        text,
        tokens: [],
        seek: 0,
        noSpeechProbability: 0,
        meanLogProbability: 0,
      },
    ],
  },
});
const failure = { error: new IdlewildError('speech/wav-malformed', 'b.wav: byte 0: no.') };

afterEach(() => vi.restoreAllMocks());

function capture() {
  const written = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.err += text;
    return true;
  });
  return written;
}

test('on stdout each waits for those named before it', async () => {
  const written = capture();
  const desk = await openTranscriptDesk(['a.wav', 'b.wav', 'c.wav'], { format: 'text' });
  await desk.tell(2, outcome(' three'));
  await desk.tell(1, failure);
  expect(written.out).toBe('');
  await desk.tell(0, outcome(' one'));
  expect(written.out).toBe('a.wav:\none\nc.wav:\nthree\n');
  expect(written.err).toBe('idlewild: b.wav: byte 0: no. (speech/wav-malformed)\n');
});

test('as JSON, a line each, those that failed too; a single text has no head', async () => {
  const written = capture();
  const lines = await openTranscriptDesk(['a.wav', 'b.wav'], { format: 'json' });
  await lines.tell(0, outcome(' one'));
  await lines.tell(1, failure);
  const [first, second] = written.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ file: 'a.wav', text: ' one', language: 'english' });
  expect(second).toMatchObject({ file: 'b.wav', error: { code: 'speech/wav-malformed' } });
  written.out = '';
  const single = await openTranscriptDesk(['a.wav'], { format: 'text' });
  await single.tell(0, outcome(' one'));
  expect(written.out).toBe('one\n');
});

test('in a folder, files of one name are told apart', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-desk-'));
  try {
    const output = path.join(folder, 'new');
    const desk = await openTranscriptDesk(['x/a.wav', 'y/a.wav'], { format: 'vtt', output });
    await desk.tell(1, outcome(' two'));
    await desk.tell(0, outcome(' one'));
    expect((await readdir(output)).sort()).toEqual(['a-2.vtt', 'a.vtt']);
    expect(await readFile(path.join(output, 'a-2.vtt'), 'utf8')).toMatch(/two/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('subtitles of several files want a folder', async () => {
  const opened = openTranscriptDesk(['a.wav', 'b.wav'], { format: 'srt' });
  await expect(opened).rejects.toMatchObject({ code: 'transcribe/output' });
});
