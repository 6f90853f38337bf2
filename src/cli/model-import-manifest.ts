// Composes a bounded model's manifest from its graphs and from what this machine measures of them.
import {
  BOUNDED_FORMAT,
  type BoundedCost,
  type BoundedManifest,
  type Graph,
  type Measured,
} from '#model/bounded-manifest.ts';
import type { ImportedGraph } from '#onnx-import/import-graph.ts';
import type { PlannedShard } from '#onnx-import/plan-shards.ts';
import { type Bytes, toHex } from '#protocol/bytes.ts';
import type { Comparison } from '#protocol/comparison.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { tensorFromJson } from '#protocol/tensor-json.ts';
import { sha256 } from '#sha256';
import {
  chooseShapes,
  makeExample,
  type Ranges,
  type Shapes,
  shapesOf,
} from './model-import-examples.ts';
import { makeGreedyRunner } from './model-import-greedy.ts';
import { greedyCost } from './model-import-greedy-cost.ts';
import { measureGraph, openGraph } from './model-import-measure.ts';
import { type BoundedOptions, readInput } from './model-import-options.ts';
import { readRequests } from './model-import-requests.ts';
import type { BoundedSource } from './model-import-source.ts';
import { roundSpread, tolerateAll, tolerateGiven } from './model-import-spread.ts';
import { measureOnGpu } from './model-import-webgpu.ts';

export interface DraftOptions {
  name: string;
  graphs: Record<string, ImportedGraph>;
  shards: readonly PlannedShard[];
  /** By name. */
  files: ReadonlyMap<string, Bytes>;
  options: BoundedOptions;
  source: BoundedSource;
  say(line: string): void;
}

export interface Draft {
  manifest: BoundedManifest;
  /** A request that the model takes. */
  example: TensorMap;
  /** Null where it was not measured alone. */
  requestMs: number | null;
}

/** What differs between the runners. */
type Measure = Pick<BoundedManifest, 'runner' | 'compare' | 'measured' | 'batching' | 'cost'> &
  Pick<Draft, 'example' | 'requestMs'> & {
    /** What a GPU was seen to hand to the CPU; null where none was at hand. */
    seenFallback: string[] | null;
  };

export async function draftManifest(draft: DraftOptions): Promise<Draft> {
  const { name, graphs, shards, files, options, source } = draft;
  const { example, requestMs, seenFallback, ...measure } =
    source.runner === 'graph' ? await draftGraph(draft) : await draftGreedy(draft);
  const imported = Object.values(graphs);
  const [first] = imported;
  const listed = new Set(imported.flatMap((one) => one.webgpuFallback));
  const manifest: BoundedManifest = {
    format: BOUNDED_FORMAT,
    name,
    licence: options.licence ?? 'unknown',
    opset: first.opset,
    producer: first.producer,
    graphs: Object.fromEntries(Object.entries(graphs).map(([role, { graph }]) => [role, graph])),
    shards: shards.map((shard) => ({ sha256: shard.sha256, bytes: shard.data.length })),
    files: Object.fromEntries(
      [...files].map(([file, bytes]) => [
        file,
        { sha256: toHex(sha256(bytes)), bytes: bytes.length },
      ]),
    ),
    backends: {
      wasm: { fallback: [] },
      webgpu: { fallback: seenFallback ?? [...listed].sort() },
    },
    ...measure,
  };
  return { manifest, example, requestMs };
}

const givenShapes = (options: BoundedOptions): Shapes => Object.fromEntries(options.example ?? []);

/** Those that were given, or as many made up as were asked for. */
async function chooseRequests(
  graph: Graph,
  options: BoundedOptions,
  ranges: Ranges,
): Promise<TensorMap[]> {
  if (options.request) return readRequests(options.request, graph);
  const shapes = chooseShapes(graph.inputs, givenShapes(options));
  return Array.from({ length: options.examples }, (_, index) =>
    makeExample(graph.inputs, { shapes, ranges, seed: index + 1 }),
  );
}

/** @throws onnx/range */
function rangesOf(options: BoundedOptions): Ranges {
  return Object.fromEntries(
    [...(options.range ?? [])].map(([name, [least, most, ...rest]]) => {
      if (most === undefined || rest.length > 0 || least > most) {
        throw new IdlewildError('onnx/range', `--range ${name}: expected LOWEST,HIGHEST.`);
      }
      return [name, [least, most] as const];
    }),
  );
}

async function draftGraph({ graphs, shards, options, say }: DraftOptions): Promise<Measure> {
  const { graph } = graphs.model;
  const open = await openGraph(
    graph,
    shards.map(({ data }) => data),
  );
  const ranges = rangesOf(options);
  const requests = await chooseRequests(graph, options, ranges);
  const [example] = requests;
  const measured = await measureGraph(open, { requests, ranges, onProgress: say });
  const onGpu = options.webgpu ? await measureOnGpu(open, { ...measured, example, say }) : null;
  const { spread, ways } = onGpu ?? measured;
  const seenFallback = onGpu?.fallback ?? null;
  const tolerances = options.tolerance
    ? tolerateGiven(spread, options.tolerance)
    : tolerateAll(spread, measured.rows, options.margin);
  const { perRequest, perElement, batching, requestMs } = measured;
  return {
    runner: { kind: 'graph' },
    compare: chooseComparison(graph, options, { kind: 'close', outputs: tolerances }),
    measured: {
      ways,
      requests: requests.length,
      margin: options.margin,
      spread: roundSpread(spread),
    },
    batching,
    cost: { perRequest, perElement, example: shapesOf(example) },
    example,
    requestMs,
    seenFallback,
  };
}

/** @throws onnx/compare */
function chooseComparison(
  { outputs }: Graph,
  { compare, axis, ctc = false }: BoundedOptions,
  close: Comparison,
): Comparison {
  if (compare === 'close') return close;
  const [output, ...more] = outputs;
  if (more.length > 0) {
    const names = outputs.map(({ name }) => name).join(', ');
    throw new IdlewildError('onnx/compare', `${compare} compares one output, of ${names}.`, {
      metaMessages: [`Say which one stays: --output ${output.name}`],
    });
  }
  if (compare === 'equal') return { kind: 'equal', output: output.name };
  const last = output.shape.length - 1;
  return { kind: 'argmax', output: output.name, axis: axis ?? last, collapse: ctc };
}

/** In a greedy decoder's example: enough to see that it runs. */
const exampleTokens = 4;

async function draftGreedy(draft: DraftOptions): Promise<Measure> {
  const { graphs, shards, options, source, say } = draft;
  if (options.request) {
    throw new IdlewildError('onnx/request', 'A greedy decoder is not measured by --request.');
  }
  if (source.generation === null) {
    throw new IdlewildError('onnx/decoder', 'A greedy decoder needs its token ids.', {
      metaMessages: ['Give them: --generation generation_config.json'],
    });
  }
  const data = shards.map((shard) => shard.data);
  const roles = { encoder: graphs.encoder.graph, decoder: graphs.decoder.graph };
  const runner = makeGreedyRunner(roles, await readInput(source.generation));
  const encoder = await openGraph(roles.encoder, data);
  const decoder = await openGraph(roles.decoder, data);
  const given = { ...source.shapes, ...givenShapes(options) };
  const shapes = chooseShapes(roles.encoder.inputs, given);
  const ranges = rangesOf(options);
  const cost: BoundedCost = {
    perRequest: await greedyCost({ encoder, decoder }, runner, { shapes, ranges, onProgress: say }),
    perElement: null,
    example: shapes,
  };
  // Token ids are equal or not: there is no spread to measure.
  const measured: Measured = { ways: ['wasm'], requests: 1, margin: options.margin, spread: {} };
  const features = makeExample(roles.encoder.inputs, { shapes, ranges, seed: 1 });
  const start = runner.noSpeech?.at ?? runner.endToken;
  return {
    runner,
    compare: { kind: 'equal', output: 'tokens' },
    measured,
    batching: 'unsupported',
    cost,
    example: { ...features, start: integers([start]), limit: integers([exampleTokens]) },
    requestMs: null,
    seenFallback: null,
  };
}

function integers(data: number[]) {
  return tensorFromJson({ dtype: 'int32', shape: [data.length], data }, 'start');
}
