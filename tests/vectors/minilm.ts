// Known answers for real weights: the id that an import of all-MiniLM-L6-v2 must give on every
// machine, and the digests of a few texts.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultWeightBits, importModel } from '#cli/model-import.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import { toHex, wordsToBytes } from '#protocol/bytes.ts';
import { rowDigest } from '#protocol/unit.ts';
import { encodeRow } from '#reference/encoder.ts';

const texts = [
  'Call me Ishmael.',
  'It was the whiteness of the whale that above all things appalled me.',
  '',
  'Café 漢字 🎉',
  'A man is playing a guitar.',
  'whale '.repeat(510).trim(),
];

export interface ImportedMiniLm {
  id: string;
  weights: ReturnType<typeof loadEncoder>;
  tokenizer: ReturnType<typeof openTokenizer>;
}

/** A fresh import, so that a change of the importer cannot hide behind an old folder. */
export async function importMiniLm(weightBits: 7 | 8 = defaultWeightBits): Promise<ImportedMiniLm> {
  const directory = await mkdtemp(path.join(tmpdir(), 'idlewild-minilm-'));
  try {
    const { id, manifest } = await importModel({ directory, weightBits });
    const read = (...names: string[]) => readFile(path.join(directory, ...names));
    const shards = manifest.shards.map(({ sha256 }) => read('shards', sha256));
    const weights = loadEncoder(manifest, await Promise.all(shards));
    return { id, weights, tokenizer: openTokenizer(await read('tokenizer.json')) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export function makeMiniLmAnswers({ id, weights, tokenizer }: ImportedMiniLm) {
  return {
    id,
    rows: texts.map((text) => {
      const tokens = tokenizer.encode(text);
      const digest = toHex(rowDigest(wordsToBytes(encodeRow(weights, tokens))));
      return { text, tokens: [...tokens], digest };
    }),
  };
}
