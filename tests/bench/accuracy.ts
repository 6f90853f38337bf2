// `npm run bench -- accuracy`: how well the exact model ranks STS-B's test pairs, beside floats.
import { readKernels } from '#cli/build-kernels.ts';
import type { ExactBackend } from '#model/backend.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { type ImportedMiniLm, importMiniLm } from '../vectors/minilm.ts';
import { type BenchReport, type BenchRow, describeMachine } from './report.ts';
import { cosinesOf, FLOAT_SPEARMAN, findSts, readSts, type StsPair, spearman } from './sts.ts';

export interface AccuracyOptions {
  /** WASM otherwise. Every backend gives the same figure; this one is the fastest. */
  backend?: ExactBackend;
  weightBits?: readonly (7 | 8)[];
}

/** @throws where the STS-B file is missing, saying where it is looked for */
export async function accuracy(options: AccuracyOptions = {}): Promise<BenchReport> {
  const file = findSts();
  if (!file) throw new Error('No sts-test.csv: set IDLEWILD_STS to it, or to its folder.');
  const pairs = readSts(file);
  const backend = options.backend ?? (await createWasmBackend(await readKernels()));
  const rows: BenchRow[] = [];
  for (const weightBits of options.weightBits ?? ([8, 7] as const)) {
    const ours = await measureAccuracy(backend, await importMiniLm(weightBits), pairs);
    rows.push({
      case: `STS-B test, Spearman, ${weightBits}-bit weights`,
      unit: 'rank correlation',
      ours: Number(ours.toFixed(4)),
      rival: FLOAT_SPEARMAN,
      rivalName: 'the float model',
      ratio: Number((ours / FLOAT_SPEARMAN).toFixed(4)),
      spread: null,
    });
  }
  return { bench: 'accuracy', machine: describeMachine(), rows };
}

/** Spearman's rank correlation between cosines and people's scores. */
export async function measureAccuracy(
  backend: ExactBackend,
  { weights, tokenizer }: ImportedMiniLm,
  pairs: readonly StsPair[],
): Promise<number> {
  const encoder = await backend.createEncoder(weights);
  const cosines = await cosinesOf(encoder, tokenizer, pairs);
  encoder.destroy();
  return spearman(
    cosines,
    pairs.map(({ score }) => score),
  );
}
