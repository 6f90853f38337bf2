// `npm run bench -- webgpu`: sentences per second of the whole MiniLM, exact WGSL against
// onnxruntime-web's WebGPU backend, on one adapter in one run; in Chromium, and in Node over Dawn.
// On a software adapter by CPU time against its float32, on a GPU by wall time against its fastest.
import path from 'node:path';
import { createProgress } from '#cli/progress.ts';
import { findMiniLm } from './minilm-models.ts';
import { buildMiniLmOnnx, type MiniLmDtype } from './onnx-model.ts';
import { type BenchReport, type BenchRow, describeMachine } from './report.ts';
import { makeWebgpuCases } from './webgpu-cases.ts';
import { raceInChromium } from './webgpu-chromium.ts';
import { raceInDawn } from './webgpu-dawn.ts';
import type { AdapterKind, WebgpuOutcome } from './webgpu-outcome.ts';
import { webgpuRows } from './webgpu-rows.ts';
import type { WebgpuOrder } from './webgpu-worker.ts';

const dtypes: Record<AdapterKind, MiniLmDtype[]> = {
  software: ['f32', 'f16', 'q4'],
  hardware: ['f32', 'f16', 'q4', 'q4f16', 'q4i8'],
};

export async function webgpu(): Promise<BenchReport> {
  const progress = createProgress(false);
  const model = await findMiniLm(8);
  const files: Partial<Record<MiniLmDtype, string>> = {};
  for (const dtype of new Set(Object.values(dtypes).flat())) {
    progress.update(`Writing MiniLM as ONNX, ${dtype}`);
    files[dtype] = await buildMiniLmOnnx(dtype);
  }
  const rivals = path.dirname(Object.values(files)[0]);
  const onnx = Object.fromEntries(
    Object.entries(files).map(([dtype, file]) => [dtype, path.basename(file)]),
  );
  const order = { cases: await makeWebgpuCases(model), dtypes, onnx };
  const follow = (place: string) => (line: string) => progress.update(`${place}: ${line}`);
  const adapters: string[] = [];
  const rows: BenchRow[] = [];
  const keep = (place: string, outcome: WebgpuOutcome | string) => {
    progress.done(`${place}: ${summarize(outcome)}`);
    if (typeof outcome === 'string') return;
    adapters.push(`${place}: ${outcome.adapter}`);
    rows.push(...webgpuRows(place, outcome));
  };
  const chromium = await raceInChromium({ model, rivals }, order, follow('Chromium'));
  keep('Chromium', chromium);
  const wasRaced = typeof chromium !== 'string' && chromium.kind === 'software';
  const again = wasRaced ? shorten(order) : order;
  const dawn = await raceInDawn({ ...again, model, rivals }, follow('Node over Dawn'));
  keep('Node over Dawn', dawn);
  if (rows.length === 0) throw new Error('The engine could not be raced on any adapter.');
  const machine = [describeMachine(), ...adapters].join('; ');
  return { bench: 'webgpu', machine, rows };
}

/** The same software adapter again: its ends are enough, and the one dtype that counts. */
function shorten({ cases, dtypes, onnx }: WebgpuOrder): WebgpuOrder {
  const software = cases.software.filter(({ name }) => /^(16|128) tokens$/.test(name));
  return { cases: { ...cases, software }, dtypes: { ...dtypes, software: ['f32'] }, onnx };
}

/** @param outcome why there is none, where it is words */
function summarize(outcome: WebgpuOutcome | string): string {
  if (typeof outcome === 'string') return `left out: ${outcome}`;
  return [outcome.adapter, ...outcome.skipped].join('; ');
}
