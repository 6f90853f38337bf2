// A bounded model's manifest: graphs for onnxruntime-web, how a request is run through them, and
// how two answers are compared. Its bytes' sha256 is the model's id. Untrusted input, as every
// manifest: nothing is allocated or fetched before all of it was checked (parse-bounded.ts).
import type { Closeness, Comparison } from '#protocol/comparison.ts';
import type { Dtype } from '#protocol/tensor.ts';

export const BOUNDED_FORMAT = 'idlewild-bounded/1';

/** An input or output of a graph, or of a request. */
export interface Port {
  name: string;
  dtype: Dtype;
  /** A text names a length that a run decides; equal names of one request have equal lengths. */
  shape: (number | string)[];
  /** How a request may bring it in fewer bytes; null where only as it is, and for every output. */
  feed: Feed | null;
}

/**
 * A float32 input that may come as uint8 of the same shape: each becomes
 * fround(fround(value * scale) + offset), scale and offset by its place on `axis`, or one for all.
 */
export interface Feed {
  dtype: 'uint8';
  axis: number;
  scale: readonly number[];
  offset: readonly number[];
}

/** A run of bytes of one shard. */
export interface ShardRange {
  shard: number;
  offset: number;
  bytes: number;
}

export interface Graph {
  inputs: Port[];
  /** Those that are fetched; the file may have more. */
  outputs: Port[];
  /** The .onnx file with its larger weights made external, at the location `weights`. */
  skeleton: ShardRange[];
  /** What lies at that location, in order; a range may be there that another graph has too. */
  weights: ShardRange[];
}

/** One session.run of the graph `model`. */
export interface GraphRunner {
  kind: 'graph';
}

/**
 * Text from a sequence: the graph `encoder` once, then `decoder` token by token with its past, the
 * likeliest token each time (src/onnx). Tokens are ids below vocabularySizeMax.
 */
export interface GreedyRunner {
  kind: 'greedy-decoder';
  /** The encoder's one input, and the request's. */
  features: string;
  endToken: number;
  /** New tokens of a request at most. */
  tokensMax: number;
  /** Never chosen; and never chosen first. */
  suppress: number[];
  beginSuppress: number[];
  /** Tokens from `begin` on are times; `none` in the start switches them off. */
  timestamps: null | { begin: number; none: number; initialMax: number };
  noSpeech: null | { token: number; at: number; probabilityMin: number; logprobMax: number };
  decoder: DecoderPorts;
}

export interface DecoderPorts {
  tokens: string;
  /** The encoder's output, and the decoder's input that it goes to. */
  states: { output: string; input: string };
  logits: string;
  /** A bool input: false in the first step, true with a past. */
  branch: string | null;
  /** Empty before the first step; what is `kept` that step alone computes. */
  past: { input: string; output: string; kept: boolean }[];
}

/** What the import saw of the spread between ways to compute the same. */
export interface Measured {
  /** Adapter classes and variants, such as `wasm` and `wasm:unoptimized`. */
  ways: string[];
  requests: number;
  /** The tolerance's distance from the spread, a factor. */
  margin: number;
  /** By output: the largest differences, and the smallest cosine. */
  spread: Record<string, Closeness>;
}

export interface BoundedManifest {
  format: typeof BOUNDED_FORMAT;
  name: string;
  licence: string;
  /** Of the standard's own operators, in the first graph. */
  opset: number;
  producer: string;
  /** `model` for the runner `graph`; `encoder` and `decoder` for `greedy-decoder`. */
  graphs: Record<string, Graph>;
  runner: GraphRunner | GreedyRunner;
  shards: { sha256: string; bytes: number }[];
  /** By name; kept and served as shards are, for requesters: contributors do not need them. */
  files: Record<string, { sha256: string; bytes: number }>;
  compare: Comparison;
  measured: Measured;
  /** Operators that a backend hands to the CPU. */
  backends: { wasm: { fallback: string[] }; webgpu: { fallback: string[] } };
  /** Whether requests run together give what each gives alone; units run each alone. */
  batching: 'same' | 'changes' | 'unsupported';
  cost: BoundedCost;
}

export interface BoundedCost {
  /** Multiply-adds of a request of the example's shapes, counted from the graph. */
  perRequest: number;
  /** Multiply-adds that each further element of the inputs adds; null where lengths are fixed. */
  perElement: number | null;
  /** By the request's input. */
  example: Record<string, number[]>;
}

/** Inputs of a request to a greedy decoder, beside its features. */
const greedyInputs: readonly Port[] = [
  /** The prompt; -1 is a hole that the likeliest of `choices` fills. */
  { name: 'start', dtype: 'int32', shape: ['start'], feed: null },
  { name: 'choices', dtype: 'int32', shape: ['choices'], feed: null },
  /** New tokens at most. */
  { name: 'limit', dtype: 'int32', shape: [1], feed: null },
];
/** Those that a request may leave out. */
export const greedyOptional: readonly string[] = ['choices', 'limit'];

const greedyOutputs: readonly Port[] = [
  { name: 'tokens', dtype: 'int32', shape: ['tokens'], feed: null },
  /** No-speech probability and mean log probability: information, nothing is decided by it. */
  { name: 'scores', dtype: 'float32', shape: [2], feed: null },
];

type Runnable = Pick<BoundedManifest, 'runner' | 'graphs'>;

/** What a request brings. */
export function requestPorts({ runner, graphs }: Runnable): readonly Port[] {
  if (runner.kind === 'graph') return graphs.model.inputs;
  return [...graphs.encoder.inputs, ...greedyInputs];
}

/** What its row holds. */
export function rowPorts({ runner, graphs }: Runnable): readonly Port[] {
  return runner.kind === 'graph' ? graphs.model.outputs : greedyOutputs;
}
