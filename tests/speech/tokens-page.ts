// The speech pipeline in a real browser, from a WAV file's bytes to its transcript, on the browser's
// own wasm.
import { readWav } from '#speech/read-wav.ts';
import { transcribe } from '#speech/transcribe.ts';
import type { Transcript } from '#speech/transcript.ts';
import { openVocabulary } from '#speech/vocabulary.ts';
import { openWhisper } from './open-whisper.ts';

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(`/bench/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function transcribeHere(names: string[]): Promise<Transcript[]> {
  const infer = await openWhisper({
    encoder: await read('whisper/onnx/encoder_model_quantized.onnx'),
    decoder: await read('whisper/onnx/decoder_model_merged_quantized.onnx'),
    generation: await read('whisper/generation_config.json'),
  });
  const vocabulary = openVocabulary(await read('whisper/tokenizer.json'));
  const transcripts: Transcript[] = [];
  for (const name of names) {
    const audio = readWav(await read(`speech/${name}.wav`), name);
    transcripts.push(await transcribe(audio, { vocabulary, infer }));
  }
  return transcripts;
}

Object.assign(globalThis, { transcribeHere });
