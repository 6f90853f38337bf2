// `npm run bench -- accuracy`: how near to the float model each side's vectors come, and how well
// they rank STS-B's pairs: ours at both widths, beside onnxruntime-web's dynamic int8.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readKernels } from '#cli/build-kernels.ts';
import { defaultSource, readModelSource } from '#cli/model-source.ts';
import { createProgress, type Progress, timeLeft } from '#cli/progress.ts';
import type { ExactBackend } from '#model/backend.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { openTokenizer, type Tokenizer } from '#model/tokenizer.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { readVectors } from './float-vectors.ts';
import { findMiniLm, readMiniLm } from './minilm-models.ts';
import { buildMiniLmOnnx } from './onnx-model.ts';
import { type BenchReport, type BenchRow, describeMachine } from './report.ts';
import { fetchMiniLmOnnx } from './rivals.ts';
import {
  cosine,
  encodeRows,
  findSts,
  rankPairs,
  readSts,
  type StsPair,
  type StsSplit,
  toRows,
} from './sts.ts';

type Vectors = readonly Float32Array[];

/** Vectors of a split's sentences from each side, by its name. */
interface SplitVectors {
  split: StsSplit;
  pairs: StsPair[];
  float: Vectors;
  ours: Map<string, Vectors>;
  rivals: Map<string, Vectors>;
}

const widths = [8, 7] as const;
/** The rival's scales depend on what shares its batch, so both are shown. */
const rivalBatches = [1, 16] as const;
/** Tokens of the row that the cost is given for. */
const costTokens = 32;

/** @throws where STS-B's files are missing, saying where they are looked for */
export async function accuracy(): Promise<BenchReport> {
  const splits = (['test', 'dev'] as const).flatMap((split) => {
    const file = findSts(split);
    return file ? [{ split, pairs: readSts(file) }] : [];
  });
  if (splits.length === 0) throw new Error('No sts-test.csv: set IDLEWILD_STS to its folder.');
  const models = await Promise.all(widths.map(findMiniLm));
  const tokenizer = openTokenizer(await readFile(path.join(models[0], 'tokenizer.json')));
  const weights = await Promise.all(models.map(readMiniLm));
  const texts = splits.reduce((sum, { pairs }) => sum + 2 * pairs.length, 0);
  const measure = countRows((1 + widths.length + rivalBatches.length) * texts);
  const rows: BenchRow[] = [];
  for (const { split, pairs } of splits) {
    const ids = toRows(tokenizer, pairs);
    rows.push(...compare({ split, pairs, ...(await encodeAll(ids, weights, measure)) }));
  }
  measure.end();
  return {
    bench: 'accuracy',
    machine: describeMachine(),
    rows: [...rows, ...(await costs(weights))],
  };
}

interface RowCounter {
  /** Starts a side; the callback takes how many of its rows are done. */
  start(name: string): (done: number) => void;
  end(): void;
}

function countRows(total: number, progress: Progress = createProgress(false)): RowCounter {
  const started = performance.now();
  let before = 0;
  let latest = 0;
  return {
    start(name) {
      before += latest;
      latest = 0;
      return (done) => {
        latest = done;
        // The first rows wait for a session to open: a guess by them would be hours off.
        const isKnown = before + done > total / 100;
        const left = isKnown ? timeLeft(before + done, total, performance.now() - started) : '';
        progress.update(`${name}: ${before + done} of ${total} rows${left && `, ${left}`}`);
      };
    },
    end: () => progress.done(`Encoded ${total} rows.`),
  };
}

async function encodeAll(
  ids: readonly Uint32Array[],
  weights: readonly EncoderWeights[],
  measure: RowCounter,
): Promise<Pick<SplitVectors, 'float' | 'ours' | 'rivals'>> {
  const float = await readVectors(await readFile(await buildMiniLmOnnx('f32')), ids, {
    batch: 'equal lengths',
    onRows: measure.start('float32'),
  });
  const ours = new Map<string, Vectors>();
  const backend = await createWasmBackend(await readKernels());
  for (const model of weights) {
    const name = `${model.config.weightBits}-bit weights`;
    const encoder = await backend.createEncoder(model);
    ours.set(name, await encodeRows(encoder, ids, measure.start(name)));
    encoder.destroy();
  }
  backend.destroy();
  const rivals = new Map<string, Vectors>();
  const file = await readFile(path.join(await fetchMiniLmOnnx(), 'onnx/model_quantized.onnx'));
  for (const batch of rivalBatches) {
    const name = `onnxruntime-web dynamic int8, ${batch === 1 ? 'one text' : `${batch} texts`} a call`;
    rivals.set(name, await readVectors(file, ids, { batch, onRows: measure.start(name) }));
  }
  return { float, ours, rivals };
}

function compare({ split, pairs, float, ours, rivals }: SplitVectors): BenchRow[] {
  const floatRank = rankPairs(float, pairs);
  return [...ours].flatMap(([name, vectors]) => {
    const title = `STS-B ${split}, ${name}`;
    const rank = rankPairs(vectors, pairs);
    const near = nearness(vectors, float);
    const against = (what: string, rivalName: string, row: Figures): BenchRow => {
      return { case: `${title}, ${what}`, rivalName, spread: null, ...row };
    };
    return [
      against('Spearman', 'float32', rankRow(rank, floatRank)),
      ...[...rivals].flatMap(([rivalName, others]) => {
        const theirs = nearness(others, float);
        return [
          against('Spearman', rivalName, rankRow(rank, rankPairs(others, pairs))),
          against('mean', rivalName, cosineRow(near.mean, theirs.mean)),
          against('minimum', rivalName, cosineRow(near.least, theirs.least)),
        ];
      }),
    ];
  });
}

function nearness(vectors: Vectors, float: Vectors) {
  const cosines = vectors.map((vector, i) => cosine(vector, float[i]));
  const mean = cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
  return { mean, least: Math.min(...cosines) };
}

type Figures = Pick<BenchRow, 'unit' | 'ours' | 'rival' | 'ratio'>;

function rankRow(ours: number, rival: number): Figures {
  const unit = 'rank correlation';
  return { unit, ours: round(ours, 4), rival: round(rival, 4), ratio: round(ours / rival, 4) };
}

/** The ratio is that of the distances from 1. */
function cosineRow(ours: number, rival: number): Figures {
  const ratio = round((1 - rival) / (1 - ours), 1);
  return { unit: 'cosine to float', ours: round(ours, 5), rival: round(rival, 5), ratio };
}

/**
 * What precision costs: multiply-adds beside those of int8 at the published width, without outlier
 * columns. An importer may widen the layers, so the width is the published file's.
 */
async function costs(weights: readonly EncoderWeights[]): Promise<BenchRow[]> {
  const published = JSON.parse((await readModelSource(defaultSource)).config.toString('utf8'));
  const plain = { outlierColumns: 0, intermediateSize: Number(published.intermediate_size) };
  const relative = ({ config }: EncoderWeights) =>
    rowCost(config, costTokens) / rowCost({ ...config, ...plain }, costTokens);
  return weights.map((model) => ({
    case: `multiply-adds, ${costTokens} tokens, ${model.config.weightBits}-bit weights`,
    unit: 'share of plain int8',
    ours: round(relative(model), 4),
    rival: 1,
    rivalName: 'plain int8',
    ratio: round(1 / relative(model), 4),
    spread: null,
  }));
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** Spearman's rank correlation between an encoder's cosines and people's scores. */
export async function measureAccuracy(
  backend: ExactBackend,
  { weights, tokenizer }: { weights: EncoderWeights; tokenizer: Tokenizer },
  pairs: readonly StsPair[],
): Promise<number> {
  const encoder = await backend.createEncoder(weights);
  const vectors = await encodeRows(encoder, toRows(tokenizer, pairs));
  encoder.destroy();
  return rankPairs(vectors, pairs);
}
