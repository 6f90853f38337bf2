// A bounded model of ONNX files as they are: all of a file is its skeleton, cut into shards. What the
// importer adds (external weights, measured tolerance) is its own tests' business.
import type { BoundedManifest, Graph, GreedyRunner, Port } from '#model/bounded-manifest.ts';
import type { ReadShard } from '#onnx/bounded-backend.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { toHex } from '#protocol/bytes.ts';
import type { Comparison } from '#protocol/comparison.ts';
import { limits } from '#protocol/limits.ts';
import { sha256 } from '#sha256';

export interface WholeModel {
  manifest: BoundedManifest;
  shards: Bytes[];
  readShard: ReadShard;
}

export interface WholeGraph {
  bytes: Uint8Array;
  inputs: Port[];
  outputs: Port[];
}

export const port = (name: string, dtype: Port['dtype'], shape: Port['shape']): Port => ({
  name,
  dtype,
  shape,
  feed: null,
});

export function wholeModel(
  graphs: Record<string, WholeGraph>,
  {
    runner = { kind: 'graph' },
    compare = { kind: 'close', outputs: {} },
  }: { runner?: BoundedManifest['runner']; compare?: Comparison } = {},
): WholeModel {
  const shards: Bytes[] = [];
  const cut = ({ bytes, inputs, outputs }: WholeGraph): Graph => {
    const skeleton: Graph['skeleton'] = [];
    for (let from = 0; from < bytes.length; from += limits.shardBytesMax) {
      const part = new Uint8Array(bytes.subarray(from, from + limits.shardBytesMax));
      skeleton.push({ shard: shards.length, offset: 0, bytes: part.length });
      shards.push(part);
    }
    return { inputs, outputs, skeleton, weights: [] };
  };
  const manifest: BoundedManifest = {
    format: 'idlewild-bounded/1',
    name: 'whole',
    licence: 'Apache-2.0',
    opset: 17,
    producer: 'a test',
    graphs: Object.fromEntries(Object.entries(graphs).map(([name, graph]) => [name, cut(graph)])),
    runner,
    shards: shards.map((bytes) => ({ sha256: toHex(sha256(bytes)), bytes: bytes.length })),
    files: {},
    compare,
    measured: { ways: [], requests: 0, margin: 1, spread: {} },
    backends: { wasm: { fallback: [] }, webgpu: { fallback: [] } },
    batching: 'same',
    cost: { perRequest: 1, perElement: null, example: {} },
  };
  return { manifest, shards, readShard: async (index) => shards[index] };
}

/** The names of Optimum's merged decoder, which Whisper's file has. */
export function mergedDecoder(layers: number): GreedyRunner['decoder'] {
  const sides = ['decoder', 'encoder'].flatMap((side) => [`${side}.key`, `${side}.value`]);
  const names = Array.from({ length: layers }, (_, layer) =>
    sides.map((side) => `${layer}.${side}`),
  ).flat();
  return {
    tokens: 'input_ids',
    states: { output: 'last_hidden_state', input: 'encoder_hidden_states' },
    logits: 'logits',
    branch: 'use_cache_branch',
    past: names.map((name) => ({
      input: `past_key_values.${name}`,
      output: `present.${name}`,
      kept: name.includes('.encoder.'),
    })),
  };
}
