// The rows of the WebGPU bench: few for a software adapter, on which a sentence takes seconds of
// CPU time, and enough to fill a real GPU many times over.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readBook } from '#cli/book.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import type { AdapterKind } from './webgpu-outcome.ts';

/** As plain numbers: a case crosses JSON on its way to where it runs. */
export interface PlainCase {
  name: string;
  rows: number[][];
}

const lengths = [16, 32, 64, 128];

/** Tokens of a case of one length, and sentences of the book's own lengths. */
const sizes: Record<AdapterKind, { tokens: number; sentences: number }> = {
  software: { tokens: 128, sentences: 5 },
  hardware: { tokens: 32_768, sentences: 1024 },
};

/** @param directory of the imported model, for its tokenizer */
export async function makeWebgpuCases(
  directory: string,
): Promise<Record<AdapterKind, PlainCase[]>> {
  const tokenizer = openTokenizer(await readFile(path.join(directory, 'tokenizer.json')));
  const tokenize = (sentences: number) =>
    readBook(sentences)
      .map(({ text }) => [...tokenizer.encode(text)])
      .sort((a, b) => a.length - b.length);
  const words = tokenize(2000).flat();
  const makeCases = ({ tokens, sentences }: (typeof sizes)[AdapterKind]) => [
    ...lengths.map((length) => ({
      name: `${length} tokens`,
      rows: Array.from({ length: tokens / length }, (_, row) =>
        words.slice(row * length, (row + 1) * length),
      ),
    })),
    { name: "Moby-Dick's sentences", rows: tokenize(sentences) },
  ];
  return { software: makeCases(sizes.software), hardware: makeCases(sizes.hardware) };
}
