// The committed known answers as cases: what was computed when the norm was fixed must come out of
// every backend for as long as it is called idlewild-exact/1.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { demoModelFolder } from '#cli/site.ts';
import { manifestId } from '#model/manifest.ts';
import { makeSyntheticRows } from '#model/synthetic.ts';
import type { ProofCase } from './case.ts';

const root = path.resolve(import.meta.dirname, '../..');

async function readVectors(name: string) {
  return JSON.parse(await readFile(path.join(root, 'tests/vectors', name), 'utf8'));
}

interface KnownRow {
  tokens: number[];
  digest: string;
}

interface SeededModel {
  seed: number;
  config: Parameters<typeof describeConfig>[0];
  lengths: number[];
  rowDigests: string[];
}

type Config = (ProofCase['source'] & { kind: 'seeded' })['config'];

/** Hidden size / heads, intermediate size, layers, outlier columns, weight bits, pooling, the rest. */
export function describeConfig(config: Config): string {
  const { hiddenSize, heads, intermediateSize, layers, outlierColumns, weightBits } = config;
  const shape = `${hiddenSize}/${heads} ${intermediateSize} L${layers} o${outlierColumns} w${weightBits}`;
  const bias = config.attentionBias ? ' bias' : '';
  const dense = config.dense ? ` ${config.dense.activation}${config.dense.size}` : '';
  return `${shape} ${config.pooling}${bias}${dense}`;
}

function known(rows: KnownRow[]): Pick<ProofCase, 'rows' | 'known'> {
  return { rows: rows.map(({ tokens }) => tokens), known: rows.map(({ digest }) => digest) };
}

/** The real model is too large to commit; it takes part where an import of it lies on disk. */
async function miniLmCase(): Promise<ProofCase[]> {
  const { seven } = await readVectors('minilm.json');
  const manifest = await readFile(path.join(demoModelFolder, 'manifest.json')).catch(() => null);
  if (!manifest || manifestId(manifest) !== seven.id) return [];
  const folder = path.relative(root, demoModelFolder).split(path.sep).join('/');
  const source = { kind: 'folder', path: folder } as const;
  return [{ name: 'minilm.json, real weights', source, ...known(seven.rows) }];
}

export async function vectorCases(): Promise<ProofCase[]> {
  const tiny = { kind: 'vector', path: 'tests/vectors/tiny-model.json' } as const;
  const { rows } = await readVectors('tiny-model.json');
  const seeded = ((await readVectors('seeded-models.json')) as SeededModel[]).map(
    ({ seed, config, lengths, rowDigests }): ProofCase => ({
      name: `seeded-models.json, ${seed}`,
      source: { kind: 'seeded', seed, config, extremes: [] },
      rows: makeSyntheticRows(seed, lengths, config.vocabularySize).map((row) => [...row]),
      known: rowDigests,
    }),
  );
  return [
    { name: 'tiny-model.json', source: tiny, ...known(rows) },
    ...seeded,
    ...(await miniLmCase()),
  ];
}
