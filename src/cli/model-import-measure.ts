// What the import measures of a graph on this machine: what it costs, how far two ways to compute
// it are apart, whether batching changes its results, and how long a request takes.
import type { BoundedManifest, Graph, Port } from '#model/bounded-manifest.ts';
import { rebuildGraph } from '#onnx/rebuild-graph.ts';
import { countCost, readProfile } from '#onnx-import/count-cost.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { concatBytes, equalBytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import {
  growShapes,
  makeExample,
  moveExample,
  type Ranges,
  shapesOf,
} from './model-import-examples.ts';
import { type GraphReport, runGraphJob } from './model-import-run.ts';
import { measureSpread, type Spread, widestOf } from './model-import-spread.ts';

/** A graph with its files. */
export interface OpenGraph {
  graph: Graph;
  skeleton: Uint8Array;
  weights: Uint8Array | null;
}

export async function openGraph(graph: Graph, shards: readonly Uint8Array[]): Promise<OpenGraph> {
  const read = async (index: number) => shards[index] as Bytes;
  const files = await rebuildGraph(graph, read, new AbortController().signal);
  return { graph, ...files };
}

/** Of a graph that one run answers. */
export interface Measurements {
  ways: string[];
  spread: Spread;
  rows: TensorMap[];
  batching: BoundedManifest['batching'];
  /** Of the median request on wasm, warm. */
  requestMs: number;
  perRequest: number;
  perElement: number | null;
}

export interface MeasureOptions {
  /** What the model is asked; the first is the example whose cost is counted. */
  requests: readonly TensorMap[];
  /** For what is made up beside them. */
  ranges: Ranges;
  onProgress(line: string): void;
}

export async function measureGraph(
  open: OpenGraph,
  { requests, ranges, onProgress }: MeasureOptions,
): Promise<Measurements> {
  onProgress(`running ${requests.length} examples on wasm`);
  // The first once more: a runtime's first run is its slowest.
  const plain = await runJob(open, [requests[0], ...requests], { isOptimized: true });
  const rows = plain.rows.slice(1);
  onProgress('running them without the optimizer, and counting what they cost');
  const unoptimized = await runJob(open, requests, { isOptimized: false });
  const moved = await runJob(
    open,
    requests.map((request, index) => moveExample(request, index + 1)),
    { isOptimized: true },
  );
  const spreads = [unoptimized.rows, moved.rows].flatMap((others) =>
    rows.map((row, index) => measureSpread(row, others[index])),
  );
  return {
    ways: ['wasm', 'wasm:unoptimized', 'wasm:inputs-moved-by-a-bit'],
    spread: widestOf(spreads),
    rows,
    batching: await measureBatching(open, { requests, ranges, onProgress }),
    requestMs: medianOf(plain.milliseconds.slice(1)),
    ...(await measureCost(open, { requests, ranges, onProgress })),
  };
}

function runJob(
  { graph, skeleton, weights }: OpenGraph,
  requests: readonly TensorMap[],
  { isOptimized, isProfiled = false }: { isOptimized: boolean; isProfiled?: boolean },
): Promise<GraphReport> {
  const outputs = graph.outputs.map(({ name }) => name);
  return runGraphJob({ skeleton, weights, requests, outputs, isOptimized, isProfiled });
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Multiply-adds of one request. */
export async function costOf(open: OpenGraph, request: TensorMap): Promise<number> {
  const { profile } = await runJob(open, [request], { isOptimized: false, isProfiled: true });
  const cost = countCost(readProfile(profile ?? '[]'));
  if (cost > 0) return cost;
  throw new IdlewildError('onnx/cost', 'The runtime gave no profile to count the cost from.');
}

async function measureCost(
  open: OpenGraph,
  { requests, ranges, onProgress }: MeasureOptions,
): Promise<{ perRequest: number; perElement: number | null }> {
  const { inputs } = open.graph;
  const [example] = requests;
  const perRequest = await costOf(open, example);
  const grown = growShapes(inputs, shapesOf(example));
  if (!grown) return { perRequest, perElement: null };
  onProgress('counting what a longer one costs');
  const longer = makeExample(inputs, { shapes: grown, ranges, seed: 1 });
  // A graph may say that a length is open, and work with none but the example's.
  const cost = await costOf(open, longer).catch(() => null);
  const further = countElements(longer) - countElements(example);
  if (cost === null || further <= 0) return { perRequest, perElement: null };
  return { perRequest, perElement: Math.max(0, Math.ceil((cost - perRequest) / further)) };
}

function countElements(request: TensorMap): number {
  return Object.values(request).reduce(
    (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
    0,
  );
}

/** Whether two requests run as one batch give, byte for byte, what each gave alone. */
async function measureBatching(
  open: OpenGraph,
  { requests, ranges, onProgress }: MeasureOptions,
): Promise<BoundedManifest['batching']> {
  const { inputs, outputs } = open.graph;
  const [first] = requests;
  const isOpen = ({ shape }: Port) => typeof shape[0] === 'string';
  const hasOne = Object.values(first).every(({ shape }) => shape[0] === 1);
  if (!hasOne || !inputs.every(isOpen) || !outputs.every(isOpen)) return 'unsupported';
  onProgress('running two of them as a batch');
  const second = makeExample(inputs, { shapes: shapesOf(first), ranges, seed: 0 });
  const three = [first, second, stack(first, second)];
  const report = await runJob(open, three, { isOptimized: true }).catch(() => null);
  if (!report) return 'unsupported';
  const together = report.rows[2];
  const alone = Object.entries(stack(report.rows[0], report.rows[1]));
  if (alone.some(([name, { data }]) => together[name].data.length !== data.length)) {
    return 'unsupported';
  }
  const isSame = alone.every(([name, { data }]) => equalBytes(together[name].data, data));
  return isSame ? 'same' : 'changes';
}

function stack(a: TensorMap, b: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.keys(a).map((name) => {
      const { dtype, shape, data } = a[name];
      const joined = concatBytes(data, b[name].data);
      return [name, { dtype, shape: [2 * shape[0], ...shape.slice(1)], data: joined }];
    }),
  );
}
