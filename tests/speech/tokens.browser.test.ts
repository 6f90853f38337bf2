// The comparison that the model's manifest declares, equal tokens, on real speech: wasm in Chromium
// gives the tokens that wasm in Node does.
import { expect, test } from 'vitest';
import { readWav } from '#speech/read-wav.ts';
import { transcribe } from '#speech/transcribe.ts';
import type { Transcript } from '#speech/transcript.ts';
import { servePage } from '../bench/serve-page.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { openWhisper } from './open-whisper.ts';
import { readRecordings, recordingsFolder } from './recordings.ts';
import { openWhisperVocabulary, readWhisper, whisperFolder } from './whisper-files.ts';

const recordings = readRecordings();

async function transcribeInChromium(): Promise<Transcript[]> {
  const folders = { whisper: whisperFolder, speech: recordingsFolder };
  const server = await servePage('tests/speech/tokens-page.ts', folders);
  const browser = await launchPatiently({ webgpu: false });
  try {
    const page = await browser.newPage();
    await page.goto(server.page, { waitUntil: 'load' });
    return await page.evaluate(
      (names) =>
        (
          globalThis as unknown as { transcribeHere(names: string[]): Promise<Transcript[]> }
        ).transcribeHere(names),
      recordings.map(({ name }) => name),
    );
  } finally {
    await browser.close();
    await server.close();
  }
}

test('Chromium and Node hear the same tokens', async () => {
  const there = await transcribeInChromium();
  const infer = await openWhisper(readWhisper());
  const vocabulary = openWhisperVocabulary();
  for (const [index, { name, bytes }] of recordings.entries()) {
    const here = await transcribe(readWav(bytes, name), { vocabulary, infer });
    expect(here.segments.length).toBeGreaterThan(0);
    expect(there[index].segments.map(({ tokens }) => tokens)).toEqual(
      here.segments.map(({ tokens }) => tokens),
    );
    const [a, b] = [here, there[index]].map(({ segments }) => segments[0].meanLogProbability);
    process.stderr.write(`${name}: log probability ${a} in Node, ${b} in Chromium\n`);
  }
});
