// The thread behind partner.ts: opens a model when it is first asked for and keeps it.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { workerData } from 'node:worker_threads';
import type { Encoder } from '#model/backend.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { parseManifest } from '#model/manifest.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { answerQuestions } from './answer-thread.ts';
import { shardFile } from './model-store.ts';
import type { EncodeQuestion } from './partner.ts';

const { kernels, relaxed } = workerData as {
  kernels: Uint8Array<ArrayBuffer> | null;
  relaxed?: Uint8Array<ArrayBuffer>;
};
const lanes = relaxed ? { relaxed: async () => relaxed } : {};
const backend = kernels ? await createWasmBackend(kernels, lanes) : createReferenceBackend();
const encoders = new Map<string, Encoder>();

async function openEncoder(folder: string): Promise<Encoder> {
  const known = encoders.get(folder);
  if (known) return known;
  const manifest = parseManifest(await readFile(path.join(folder, 'manifest.json')));
  const shards = await Promise.all(
    manifest.shards.map(({ sha256 }) => readFile(shardFile(folder, sha256))),
  );
  const encoder = await backend.createEncoder(loadEncoder(manifest, shards));
  encoders.set(folder, encoder);
  return encoder;
}

answerQuestions(async ({ folder, rows }: EncodeQuestion) =>
  (await openEncoder(folder)).encode(rows),
);
