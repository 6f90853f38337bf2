// `npm run bench -- wasm`: sentences per second of the whole MiniLM, our WASM lanes against
// onnxruntime-web's dynamic int8, one thread each, in turn, by CPU time; in Node, then in Chromium,
// where transformers.js runs as well. All are given token ids.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import v8 from 'node:v8';
import { readKernels, relaxedKernels } from '#cli/build-kernels.ts';
import { openExactSides } from './exact-sides.ts';
import { findMiniLm, makeCases, readMiniLm } from './minilm-models.ts';
import { onnxSide, openSession } from './onnx-side.ts';
import { type RaceCase, type RaceResult, race } from './race.ts';
import { type BenchReport, type BenchRow, describeMachine } from './report.ts';
import { fetchMiniLmOnnx, fetchTransformers } from './rivals.ts';
import type { Folders } from './serve-page.ts';
import { raceInChromium } from './wasm-chromium.ts';

/** The rival is shown at the best of these. */
const batches = [1, 8, 32];

export async function wasm(): Promise<BenchReport> {
  const folders = { eight: await findMiniLm(8), seven: await findMiniLm(7) };
  const rival = await fetchMiniLmOnnx();
  const onnx = path.join(rival, 'onnx/model_quantized.onnx');
  const cases = await makeCases(folders.eight);
  const node = await raceInNode(folders, onnx, cases);
  const { library: transformers, runtime } = await fetchTransformers();
  const chromium = await rowsOfChromium({ ...folders, rival, transformers, runtime }, cases);
  return { bench: 'wasm', machine: describeMachine(), rows: [...node, ...chromium] };
}

async function raceInNode(folders: Folders, onnx: string, cases: RaceCase[]): Promise<BenchRow[]> {
  // Node 20 has the relaxed dot behind a flag, later ones without it.
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  const { sides, fastLane } = await openExactSides(
    {
      kernels: await readKernels(),
      relaxed: await readKernels(relaxedKernels),
      eightBits: await readMiniLm(folders.eight),
      sevenBits: await readMiniLm(folders.seven),
    },
    cases[0].rows,
  );
  const ort = await import('onnxruntime-web');
  const session = await openSession(ort, await readFile(onnx));
  const rivals = batches.map((batch) => onnxSide(ort, session, batch));
  process.stderr.write(`Node ${process.versions.node}: ${fastLane}\n`);
  const results = await race([...sides, ...rivals], cases, cpuMs);
  const names = sides.map(({ name }) => name);
  return results.flatMap((result) => toRows('Node', result, names));
}

async function rowsOfChromium(folders: Folders, cases: RaceCase[]): Promise<BenchRow[]> {
  const { fastLane, names, results, workers } = await raceInChromium(folders, cases, batches);
  process.stderr.write(`Chromium: ${fastLane}\n`);
  const { count, rows, one, all } = workers;
  const share = {
    unit: 'sentences/s',
    ours: round1((1000 * rows * count) / mean(all)),
    rival: round1((1000 * rows) / mean(one)),
    rivalName: 'one worker',
    ...compare(
      all.map((ms) => ms / count),
      one,
    ),
  };
  return [
    ...results.flatMap((result) => toRows('Chromium', result, names)),
    { case: `Chromium, ${count} workers, 32 tokens, 7 bits, relaxed`, ...share },
  ];
}

/** Milliseconds of this process on any core. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A row for each of our sides against each rival at its best batch. */
function toRows(
  where: string,
  { name, rows, times, settings }: RaceResult,
  ours: readonly string[],
): BenchRow[] {
  const rivals = Object.keys(times).filter((group) => !ours.includes(group));
  return rivals.flatMap((rival) =>
    ours.map((side) => ({
      case: `${where}, ${name}, ${side}`,
      unit: 'sentences a CPU second',
      ours: round1((1000 * rows) / mean(times[side])),
      rival: round1((1000 * rows) / mean(times[rival])),
      rivalName: settings[rival],
      ...compare(times[side], times[rival]),
    })),
  );
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

/** Mean against mean; the spread is that of the rounds' own ratios. */
function compare(ours: readonly number[], rival: readonly number[]) {
  const ratios = ours.map((ms, round) => rival[round] / ms).sort((a, b) => a - b);
  const range = ratios[ratios.length - 1] - ratios[0];
  return {
    ratio: Number((mean(rival) / mean(ours)).toFixed(2)),
    spread: Number((range / ratios[ratios.length >> 1]).toFixed(2)),
  };
}

const round1 = (value: number) => Math.round(value * 10) / 10;
