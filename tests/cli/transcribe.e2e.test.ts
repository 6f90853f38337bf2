// `idlewild transcribe` from files to answers: in its own process, and over a real coordinator that
// serves the model; a file that is broken costs only itself.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openInference } from '#cli/open-inference.ts';
import { type TranscribeFlags, transcribeFiles } from '#cli/transcribe.ts';
import { startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { readRecordings } from '../speech/recordings.ts';
import { whisperName, writeWhisperFolder } from '../speech/whisper-folder.ts';
import { countWordErrors } from '../speech/word-errors.ts';

const [first, second] = readRecordings();
let folder: string;
let model: string;
let files: string[];
let site: TestSite;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-transcribe-'));
  model = path.join(folder, 'model');
  await writeWhisperFolder(model);
  files = ['first.wav', 'cut.wav', 'missing.wav', 'second.wav'].map((name) =>
    path.join(folder, name),
  );
  await writeFile(files[0], first.bytes);
  await writeFile(files[1], first.bytes.subarray(0, 1_000));
  await writeFile(files[3], second.bytes);
  site = await startTestSite({ models: [model] });
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

const run = (change: Partial<TranscribeFlags>, output: string) =>
  transcribeFiles(files, {
    format: 'text',
    quiet: true,
    output: path.join(folder, output),
    ...change,
  });
const read = (output: string, name: string) => readFile(path.join(folder, output, name), 'utf8');

test('here: each file that can be read has its transcript, in the format asked for', async () => {
  expect(await run({ local: true, model, format: 'srt' }, 'here')).toBe(2);
  expect(await read('here', 'first.srt')).toMatch(/^1\n00:00:00,000 --> .*\n.*Dashwood/);
  expect(await read('here', 'second.srt')).toMatch(/^1\n.*\n.*young man\.\n\n$/);
  await expect(read('here', 'cut.srt')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('over a coordinator: the same words, by the command and by the official client', async () => {
  const coordinator = site.coordinator.origin();
  const flags = { coordinator, key: site.apiKey, language: 'English', format: 'json' } as const;
  expect(await run(flags, 'there')).toBe(2);
  const answer = JSON.parse(await read('there', 'first.json'));
  expect(answer).toMatchObject({ file: files[0], language: 'english', x_class: 'bounded' });
  expect(countWordErrors(first.words, answer.text).errors).toBeLessThanOrEqual(2);
  const client = new OpenAI({ apiKey: site.apiKey, baseURL: `${coordinator}/v1` });
  const { text } = await client.audio.transcriptions.create({
    file: await toFile(first.bytes, 'first.wav'),
    model: whisperName,
    language: 'en',
  });
  expect(text).toBe(answer.text);
});

test('what cannot be reached or used says so before any file is read', async () => {
  const coordinator = site.coordinator.origin();
  const key = site.apiKey;
  const refused = (change: Partial<TranscribeFlags>, code: string) =>
    expect(run(change, 'none')).rejects.toMatchObject({ code });
  await refused({}, 'infer/choice');
  await refused({ local: true }, 'infer/choice');
  await refused({ local: true, model: folder }, 'infer/model');
  await refused({ coordinator: 'nowhere', key }, 'infer/choice');
  await refused({ coordinator, key, model: 'synthetic-1' }, 'infer/no-model');
  await refused({ coordinator, key: 'sk-none' }, 'fetch/refused');
  await refused({ coordinator, key, language: 'klingon' }, 'speech/language');
  const wrong = openInference({ coordinator, key, model: whisperName }, () => false);
  await expect(wrong).rejects.toMatchObject({ code: 'infer/no-model' });
});
