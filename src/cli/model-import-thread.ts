// A thread of `idlewild model import --bounded` (model-import-run.ts starts it): opens one graph in
// onnxruntime's wasm and runs requests through it. In a thread of its own, since a stranger's graph
// may never end, and since the runtime prints its profile, which nothing else must mix with.
import fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { loadRuntime } from '#onnx/load-runtime.ts';
import { fromRuntime, type RuntimeTensor, toRuntime } from '#onnx/tensors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import type { GraphJob, GraphReport } from './model-import-run.ts';

const standardOutput = 1;
const printed: string[] = [];
// The runtime writes past console and process.stdout, to the very file.
const writeSync = fs.writeSync;
fs.writeSync = ((file: number, ...rest: [never]) => {
  if (file !== standardOutput) return writeSync(file, ...rest);
  printed.push(String(rest[0]));
  return String(rest[0]).length;
}) as typeof fs.writeSync;

async function run(job: GraphJob): Promise<GraphReport> {
  const runtime = await loadRuntime('wasm');
  const session = await runtime.InferenceSession.create(job.skeleton, {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
    graphOptimizationLevel: job.isOptimized ? 'all' : 'disabled',
    enableProfiling: job.isProfiled,
    // Weights that were packed for the CPU are missing from the profile's shapes.
    extra: { session: { disable_prepacking: job.isProfiled ? '1' : '0' } },
    ...(job.weights ? { externalData: [{ path: 'weights', data: job.weights }] } : {}),
  });
  const rows: TensorMap[] = [];
  const milliseconds: number[] = [];
  for (const request of job.requests) {
    const feeds = Object.entries(request).map(([name, tensor]) => [
      name,
      toRuntime(runtime, tensor),
    ]);
    const started = performance.now();
    const found = await session.run(Object.fromEntries(feeds), [...job.outputs]);
    milliseconds.push(performance.now() - started);
    const row: TensorMap = {};
    for (const name of job.outputs) {
      row[name] = await fromRuntime(found[name] as RuntimeTensor, name);
    }
    rows.push(row);
  }
  if (job.isProfiled) session.endProfiling();
  await session.release();
  return { rows, milliseconds, profile: job.isProfiled ? readPrinted() : null };
}

/** Onnxruntime prints the profile as one JSON array, over many lines. */
function readPrinted(): string {
  const text = printed.join('');
  return text.slice(text.indexOf('['), text.lastIndexOf(']') + 1);
}

const report = await run(workerData as GraphJob).then(
  (done) => ({ report: done }),
  (thrown: unknown) => ({ failure: thrown instanceof Error ? thrown.message : String(thrown) }),
);
parentPort?.postMessage(report);
