// Encoders of published shapes, with random weights, against their float models: real widths, and
// fewer layers than published where an import of all would take minutes (docs/model.md has what
// they gave at full depth). The rows are short: the float side is plain loops.
import { expect, test } from 'vitest';
import { makeSyntheticRows } from '#model/synthetic.ts';
import { compareWithFloat, importPublished } from './compare-float.ts';
import { type ModelShape, publishModel } from './published-model.ts';
import { makeSentence, type SentenceShape } from './sentence-files.ts';

interface Case extends Partial<ModelShape> {
  name: string;
  hidden: number;
  pooling: SentenceShape['pooling'];
  dense?: { size: number; activation: 'tanh' };
}

const base = { hidden: 768, heads: 12, intermediate: 3072, layers: 1 };
const cases: Case[] = [
  {
    name: 'bge-small, 2 of 12 layers',
    type: 'bert',
    hidden: 384,
    heads: 12,
    intermediate: 1536,
    layers: 2,
    pooling: 'cls_token',
  },
  { name: 'e5-base, 1 of 12 layers', type: 'bert', ...base, pooling: 'mean_tokens' },
  { name: 'all-mpnet-base, 1 of 12 layers', type: 'mpnet', ...base, pooling: 'mean_tokens' },
  {
    name: 'gte-large, 1 of 24 layers',
    type: 'bert',
    hidden: 1024,
    heads: 16,
    intermediate: 4096,
    layers: 1,
    pooling: 'mean_tokens',
  },
  {
    name: 'LaBSE, 1 of 12 layers',
    type: 'bert',
    ...base,
    pooling: 'cls_token',
    dense: { size: 768, activation: 'tanh' },
  },
  {
    name: 'distiluse, 1 of 6 layers',
    type: 'distilbert',
    ...base,
    pooling: 'mean_tokens',
    dense: { size: 512, activation: 'tanh' },
  },
];

test.each(cases)('$name', ({ name, pooling, dense, ...shape }) => {
  const model = publishModel({ ...shape, vocabulary: 500, positions: 128 });
  const { files, head } = makeSentence({
    pooling,
    hidden: shape.hidden,
    ...(dense && { dense }),
  });
  const saved = importPublished(model, { sentence: files }, [20, 20, 12, 5]);
  const rows = makeSyntheticRows(6, [3, 12, 20, 8], 500);
  const { least, leastCentred } = compareWithFloat(model, saved, rows, head);
  console.log(`${name}: cosine ${least.toFixed(6)}, centred ${leastCentred.toFixed(5)}`);
  expect(least).toBeGreaterThan(0.999);
  expect(leastCentred).toBeGreaterThan(0.99);
});
