// A batch of real sentences and what must come of it: the vectors that the coordinator-free WASM
// backend computes, as one digest.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readBook } from '#cli/book.ts';
import { readKernels } from '#cli/build-kernels.ts';
import { importModel } from '#cli/model-import.ts';
import { createRequester, type Requester, readEmbedding } from '#cli/requester.ts';
import { demoModelFolder } from '#cli/site.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { createWasmBackend } from '#wasm/backend.ts';

export const modelFolder = demoModelFolder;

export function importTestModel() {
  return importModel({ directory: modelFolder });
}

export function batchFile(sentences: number): string {
  const lines = readBook(sentences).map(({ text }, index) =>
    JSON.stringify({
      custom_id: String(index),
      method: 'POST',
      url: '/v1/embeddings',
      body: { model: 'all-MiniLM-L6-v2', input: text, encoding_format: 'base64' },
    }),
  );
  return `${lines.join('\n')}\n`;
}

export function requesterOf(coordinator: string, apiKey: string | null): Requester {
  if (!apiKey) throw new Error('The coordinator printed no key.');
  return createRequester({ coordinator, apiKey });
}

function digestOf(vectors: Float32Array[]): string {
  const hash = createHash('sha256');
  for (const vector of vectors) hash.update(new Uint8Array(vector.slice().buffer));
  return hash.digest('hex');
}

/** What the batch must deliver, computed here by nobody but us. */
export async function expectedDigest(sentences: number): Promise<string> {
  const { manifest } = await importTestModel();
  const tokenizer = openTokenizer(await readFile(path.join(modelFolder, 'tokenizer.json')));
  const shards = await Promise.all(
    manifest.shards.map(({ sha256 }) => readFile(path.join(modelFolder, 'shards', sha256))),
  );
  const backend = await createWasmBackend(await readKernels());
  const encoder = await backend.createEncoder(loadEncoder(manifest, shards));
  const rows = readBook(sentences).map(({ text }) => tokenizer.encode(text));
  const output = await encoder.encode(rows);
  const size = manifest.config.hiddenSize;
  backend.destroy();
  return digestOf(
    rows.map((_, row) => toUnitVector(output.subarray(row * size, (row + 1) * size))),
  );
}

export interface Delivered {
  digest: string;
  lines: number;
  receipts: string[];
}

export async function deliveredDigest(requester: Requester, fileId: string): Promise<Delivered> {
  const vectors: Float32Array[] = [];
  const receipts = new Set<string>();
  for (const line of await requester.outputLines(fileId)) {
    vectors[Number(line.custom_id)] = readEmbedding(line.response.body.data[0].embedding);
    for (const id of line.x_receipts) receipts.add(id);
  }
  return { digest: digestOf(vectors), lines: vectors.length, receipts: [...receipts] };
}
