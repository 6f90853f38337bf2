// Whisper-tiny as a model's folder, as the importer lays it out but with nothing measured: a graph is
// its published file, cut into shards.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { sha256 } from '#sha256';
import { whisper } from '../onnx/real-models.ts';
import { readWhisperFile } from './whisper-files.ts';

export const whisperName = 'whisper-tiny';

export async function writeWhisperFolder(folder: string): Promise<void> {
  const { manifest, shards } = await whisper();
  const tokenizer = readWhisperFile('tokenizer.json');
  manifest.name = whisperName;
  manifest.files = {
    'tokenizer.json': { sha256: toHex(sha256(tokenizer)), bytes: tokenizer.length },
  };
  manifest.cost = {
    perRequest: 44_184_756_849,
    perElement: null,
    example: { input_features: [1, 80, 3000], start: [4] },
  };
  const blobs = path.join(folder, 'shards');
  await mkdir(blobs, { recursive: true });
  for (const bytes of [...shards, tokenizer]) {
    await writeFile(path.join(blobs, toHex(sha256(bytes))), bytes);
  }
  await writeFile(path.join(folder, 'manifest.json'), utf8(JSON.stringify(manifest)));
}
