// The thread that runs bounded models for the coordinator: onnxruntime-web's wasm, as in a tab. It is
// loaded when the first model is asked for; models are kept by memory (src/onnx).
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseBoundedManifest } from '#model/parse-bounded.ts';
import type { BoundedModel } from '#onnx/bounded-backend.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { ModelSessions } from '#onnx/model-sessions.ts';
import { modelBytes } from '#onnx/rebuild-graph.ts';
import { fromHex } from '#protocol/bytes.ts';
import { answerQuestions } from './answer-thread.ts';
import { shardFile } from './model-store.ts';
import type { InferQuestion } from './partner.ts';

const backend = await createOnnxBackend({ backend: 'wasm' });
const sessions = new ModelSessions();
/** Nobody stops the coordinator's own run: a thread that closes is ended. */
const { signal } = new AbortController();

async function openModel(folder: string): Promise<BoundedModel> {
  const manifest = parseBoundedManifest(await readFile(path.join(folder, 'manifest.json')));
  const readShard = async (index: number) =>
    new Uint8Array(await readFile(shardFile(folder, manifest.shards[index].sha256)));
  return sessions.take(path.basename(folder), modelBytes(manifest), () =>
    backend.createModel(manifest, readShard, signal),
  );
}

answerQuestions(async ({ folder, requests }: InferQuestion) => {
  const model = await openModel(folder);
  return model.run({ model: fromHex(path.basename(folder)), requests: [...requests] });
});
