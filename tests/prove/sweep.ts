// The cases that nobody committed: the extremes of the norm, each by name, and a random sweep over
// the shapes that its section 1 allows. A seed gives the same sweep on every machine.
import { findConfigFault } from '#model/architecture.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { makeRandom, syntheticConfig } from '#model/synthetic.ts';
import { assert } from '#protocol/errors.ts';
import type { ProofCase } from './case.ts';
import { type Extreme, extremeNames } from './extremes.ts';
import { describeConfig } from './vectors.ts';

type Random = (bound: number) => number;

/** Multiply-adds of one random case: the oracle makes them in half a second. */
const caseCostMax = 60e6;
const caseRowsMax = 8;

interface Named {
  name: string;
  config?: Partial<EncoderConfig>;
  extremes?: Extreme[];
  lengths?: number[];
  /** Every token of every row is this one. */
  token?: number;
}

const long = { positions: 512, tokensMax: 512, layers: 1 };
const wide = { hiddenSize: 1024, intermediateSize: 4096, heads: 16, layers: 1 };
const all64 = { outlierColumns: 64 };

const named: Named[] = [
  { name: 'all weights -127', extremes: ['all weights lowest'] },
  { name: 'all weights -63', config: { weightBits: 7 }, extremes: ['all weights lowest'] },
  { name: 'all -127, loudest', extremes: ['all weights lowest', 'loudest'] },
  { name: 'all zeros', extremes: ['all zeros'] },
  { name: 'zeros throughout', extremes: ['all zeros', 'norms zero', 'embeddings zero'] },
  { name: 'scales zero', extremes: ['scales zero'] },
  { name: 'one hot', extremes: ['one hot'] },
  { name: 'one hot, loudest', extremes: ['one hot', 'loudest'] },
  { name: 'saturating rows', extremes: ['loudest', 'norms largest', 'embeddings saturate'] },
  { name: 'saturating signs', extremes: ['signs alternate', 'loudest', 'norms largest'] },
  { name: 'quietest', extremes: ['quietest'] },
  { name: 'norms zero', extremes: ['norms zero'] },
  { name: 'gelu lowest', extremes: ['gelu lowest'] },
  { name: 'gelu lowest, loudest', extremes: ['gelu lowest', 'loudest'] },
  { name: 'gelu lowest, quietest', extremes: ['gelu lowest', 'quietest'] },
  { name: 'values unequal', extremes: ['values unequal'] },
  { name: 'values unequal, loudest', extremes: ['values unequal', 'loudest'], lengths: [64, 2] },
  { name: 'one spike', extremes: ['one spike'] },
  { name: 'outliers only', extremes: ['outliers only'] },
  { name: 'outliers only, loudest', extremes: ['outliers only', 'loudest'] },
  {
    name: 'context saturates',
    extremes: ['values loudest', 'outliers only'],
    lengths: [1, 2, 2, 3, 3, 9],
  },
  {
    name: 'heads saturate',
    extremes: ['heads loudest', 'outliers only'],
    lengths: [1, 2, 2, 3, 3, 9],
  },
  { name: 'embeddings saturate', extremes: ['embeddings saturate'] },
  { name: 'every column an outlier', config: all64, extremes: ['outliers only'] },
  { name: 'one token', lengths: [1] },
  { name: 'the longest row', config: long, lengths: [512, 1] },
  { name: 'the longest row, one token', config: long, lengths: [512], token: 5 },
  { name: 'the longest row, all alike', config: long, extremes: ['keys zero'], lengths: [512] },
  { name: 'the longest row, loudest', config: long, extremes: ['loudest'], lengths: [511] },
  { name: 'the longest sums', config: { ...wide, ...all64 }, lengths: [2, 1] },
  {
    name: 'the longest sums, all -127',
    config: { ...wide, ...all64 },
    extremes: ['all weights lowest', 'loudest', 'outliers only'],
    lengths: [2],
  },
  {
    name: 'the smallest model',
    config: { hiddenSize: 16, intermediateSize: 16, heads: 1, outlierColumns: 0, layers: 1 },
    lengths: [1, 2, 3],
  },
  { name: 'heads of four', config: { hiddenSize: 1024, heads: 256, layers: 1 }, lengths: [3] },
  {
    name: 'heads of 256, loudest',
    config: { hiddenSize: 256, heads: 1, layers: 1 },
    extremes: ['heads loudest', 'outliers only'],
    lengths: [1, 2, 3, 9],
  },
  {
    name: 'heads of 132, bias largest',
    config: { hiddenSize: 528, heads: 4, layers: 1, attentionBias: true },
    extremes: ['heads loudest', 'bias largest'],
    lengths: [7, 1, 64],
  },
  {
    name: 'bias largest, the longest row',
    config: { ...long, attentionBias: true },
    extremes: ['bias largest'],
    lengths: [512, 1],
  },
  {
    name: 'dense from the longest row',
    config: { ...long, pooling: 'cls', dense: { size: 1024, activation: 'tanh' } },
    lengths: [512, 1, 2],
  },
  {
    name: 'dense saturates',
    config: { dense: { size: 16, activation: 'identity' } },
    extremes: ['loudest', 'norms largest'],
  },
  {
    name: 'tanh saturates',
    config: { ...all64, weightBits: 7, dense: { size: 80, activation: 'tanh' } },
    extremes: ['dense loudest', 'outliers only'],
  },
  { name: 'more rows than a group', lengths: Array.from({ length: 150 }, (_, i) => 1 + (i % 3)) },
  { name: 'one word', config: { vocabularySize: 1 }, lengths: [9, 64] },
];

function makeRows(random: Random, lengths: readonly number[], vocabularySize: number): number[][] {
  return lengths.map((length) => Array.from({ length }, () => random(vocabularySize)));
}

function makeCase(name: string, { source, rows }: Omit<ProofCase, 'name'>): ProofCase {
  assert(source.kind === 'seeded', 'the sweep makes its own models');
  const fault = findConfigFault(source.config);
  assert(!fault, `${name}: ${fault?.field} ${fault?.why}`);
  return { name, source, rows };
}

/** The extremes that a wrong backend would stumble over, each alone and by its name. */
export function extremeCases(seed: number): ProofCase[] {
  return named.map(({ name, config: changes, extremes = [], lengths = [1, 64, 7], token }, i) => {
    const config = { ...syntheticConfig, ...changes };
    const random = makeRandom(seed + i);
    const rows = makeRows(random, lengths, config.vocabularySize);
    if (token !== undefined) for (const row of rows) row.fill(token);
    return makeCase(name, { source: { kind: 'seeded', seed: seed + i, config, extremes }, rows });
  });
}

/** Small numbers as often as large ones: `least` times a power of two, and a random rest. */
function anySize(random: Random, least: number, most: number): number {
  const doublings = Math.floor(Math.log2(most / least));
  const top = Math.min(most, least * 2 ** (random(doublings + 1) + 1));
  return least * (1 + random(Math.floor(top / least)));
}

function anyActivation(random: Random): 'identity' | 'tanh' {
  return random(2) ? 'identity' : 'tanh';
}

function anyConfig(random: Random): EncoderConfig {
  const headSize = anySize(random, 4, 256);
  // A multiple of 16 and of the head size.
  const shared = [16, 8, 4].find((divisor) => headSize % divisor === 0) as number;
  const hiddenSize = anySize(random, (headSize * 16) / shared, 1024);
  const tokensMax = anySize(random, 1, 512);
  return {
    ...syntheticConfig,
    vocabularySize: anySize(random, 1, 1024),
    positions: tokensMax + random(8),
    tokensMax,
    hiddenSize,
    intermediateSize: anySize(random, 16, 4096),
    heads: hiddenSize / headSize,
    layers: 1 + random(3),
    weightBits: random(2) ? 7 : 8,
    outlierColumns: random(3) ? 4 * random(1 + Math.min(64, hiddenSize) / 4) : 0,
    attentionBias: random(4) === 0,
    pooling: random(3) === 0 ? 'cls' : 'mean',
    dense: random(3)
      ? null
      : { size: anySize(random, 16, 1024), activation: anyActivation(random) },
  };
}

/** Rows until the budget is spent; every length may be the longest or the shortest. */
function anyLengths(random: Random, config: EncoderConfig): number[] {
  const lengths: number[] = [];
  let left = caseCostMax;
  for (let row = 0; row <= random(caseRowsMax); row++) {
    const chosen = [1, config.tokensMax, 1 + random(config.tokensMax)][random(3)];
    let length = chosen;
    while (length > 1 && rowCost(config, length) > left) length = Math.ceil(length / 2);
    lengths.push(length);
    left = Math.max(0, left - rowCost(config, length));
  }
  return lengths;
}

/** Random shapes, random rows, and now and then an extreme or two. */
export function randomCases(seed: number, count: number): ProofCase[] {
  const random = makeRandom(seed);
  return Array.from({ length: count }, () => {
    const config = anyConfig(random);
    const chosen = Array.from({ length: random(3) }, () => random(extremeNames.length));
    const extremes = extremeNames.filter((_, index) => chosen.includes(index));
    const rows = makeRows(random, anyLengths(random, config), config.vocabularySize);
    const source = { kind: 'seeded', seed: random(2 ** 31), config, extremes } as const;
    const name = [describeConfig(config), ...extremes].join(', ');
    return makeCase(name, { source, rows });
  });
}
