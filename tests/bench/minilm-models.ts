// MiniLM of both widths and the token ids that the speed benches share, imported once and kept.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readBook } from '#cli/book.ts';
import { importModel } from '#cli/model-import.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import type { RaceCase } from './race.ts';

const models = path.resolve(import.meta.dirname, '../../build/models');
const lengths = [16, 32, 64, 128];
/** Tokens of a case of one length: a fifth of a second of the slowest side. */
const caseTokens = 512;
const bookSentences = 24;

/** @returns the folder of the imported model; the first import takes a minute or two */
export async function findMiniLm(weightBits: 7 | 8): Promise<string> {
  const directory = path.join(models, `bench-minilm-${weightBits}-bits`);
  const onProgress = (line: string) => process.stderr.write(`${line}\n`);
  await importModel({ directory, weightBits, onProgress });
  return directory;
}

export async function readMiniLm(directory: string) {
  const manifest = JSON.parse(await readFile(path.join(directory, 'manifest.json'), 'utf8'));
  const shards = (manifest.shards as { sha256: string }[]).map(({ sha256 }) =>
    readFile(path.join(directory, 'shards', sha256)),
  );
  return loadEncoder(manifest, await Promise.all(shards));
}

/** Rows of one length each from the book's words, and the book's sentences, sorted by length. */
export async function makeCases(directory: string): Promise<RaceCase[]> {
  const tokenizer = openTokenizer(await readFile(path.join(directory, 'tokenizer.json')));
  const sentences = readBook(bookSentences).map(({ text }) => tokenizer.encode(text));
  const words = readBook(400).flatMap(({ text }) => [...tokenizer.encode(text)]);
  const cases = lengths.map((length) => ({
    name: `${length} tokens`,
    rows: Array.from({ length: caseTokens / length }, (_, row) =>
      Uint32Array.from(words.slice(row * length, (row + 1) * length)),
    ),
  }));
  const sorted = sentences.sort((a, b) => a.length - b.length);
  return [...cases, { name: "Moby-Dick's sentences", rows: sorted }];
}
