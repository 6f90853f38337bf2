// The real model, imported as the demo imports it: WASM equals the oracle on sentences of the book,
// short and long, and on the longest row that the model takes.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readBook } from '#cli/book.ts';
import { readKernels } from '#cli/build-kernels.ts';
import { importModel } from '#cli/model-import.ts';
import type { Encoder } from '#model/backend.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import { encodeRow } from '#reference/encoder.ts';
import { createWasmBackend } from '#wasm/backend.ts';

const folder = path.resolve(import.meta.dirname, '../../build/models/all-MiniLM-L6-v2');
/** An import takes a minute where no other test has done it. */
const importMs = 600_000;

let weights: EncoderWeights;
let encoder: Encoder;
let rows: Uint32Array[];

beforeAll(async () => {
  const { manifest } = await importModel({ directory: folder });
  const shards = await Promise.all(
    manifest.shards.map(({ sha256 }) => readFile(path.join(folder, 'shards', sha256))),
  );
  weights = loadEncoder(manifest, shards);
  encoder = await (await createWasmBackend(await readKernels())).createEncoder(weights);
  const tokenizer = openTokenizer(await readFile(path.join(folder, 'tokenizer.json')));
  rows = readBook(400).map(({ text }) => tokenizer.encode(text));
}, importMs);

test('sentences of every length equal the oracle', async () => {
  const output = await encoder.encode(rows);
  const byLength = [...rows.keys()].sort((a, b) => rows[a].length - rows[b].length);
  const { hiddenSize } = weights.config;
  for (const row of byLength.filter((_, at) => at % 80 === 0 || at === byLength.length - 1)) {
    const actual = output.slice(row * hiddenSize, (row + 1) * hiddenSize);
    expect(actual, `row ${row}, ${rows[row].length} tokens`).toEqual(encodeRow(weights, rows[row]));
  }
});

test('the longest row equals the oracle', async () => {
  const words = rows.flatMap((row) => [...row]);
  const longest = Uint32Array.from(words.slice(0, weights.config.tokensMax));
  expect(longest.length).toBe(weights.config.tokensMax);
  expect(await encoder.encode([longest])).toEqual(encodeRow(weights, longest));
});
