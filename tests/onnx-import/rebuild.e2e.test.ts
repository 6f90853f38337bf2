// Published models, 0.6 to 31 MB: what was cut into shards comes back as it was.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ShardRange } from '#model/bounded-manifest.ts';
import { importGraph } from '#onnx-import/import-graph.ts';
import { listWeights } from '#onnx-import/list-weights.ts';
import type { OnnxGraph } from '#onnx-import/onnx-model.ts';
import { type PlannedShard, planShards } from '#onnx-import/plan-shards.ts';
import { readOnnx } from '#onnx-import/read-onnx.ts';
import { readTensorBytes } from '#onnx-import/tensor-bytes.ts';
import { concatBytes, equalBytes } from '#protocol/bytes.ts';
import { limits } from '#protocol/limits.ts';
import { realModels } from './real-models.ts';

function join(ranges: readonly ShardRange[], shards: readonly PlannedShard[]): Uint8Array {
  return concatBytes(
    ...ranges.map(({ shard, offset, bytes }) =>
      shards[shard].data.subarray(offset, offset + bytes),
    ),
  );
}

/** Every moved weight by name, read from the file itself. */
async function weightsOf(graph: OnnxGraph): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const never = () => Promise.reject(new Error('there is no external data'));
  for (const { tensor: each, name } of listWeights(graph)) {
    found.set(name, await readTensorBytes(each, never));
  }
  return found;
}

describe.each(Object.entries(realModels))('the %s', (_, file) => {
  it('gives each weight back from its shards', async () => {
    const bytes = readFileSync(file);
    const plan = planShards();
    const { graph } = await importGraph({ bytes, folder: null }, plan);
    const shards = plan.finish();
    expect(Math.max(...shards.map(({ data }) => data.length))).toBeLessThanOrEqual(
      limits.shardBytesMax,
    );
    const weights = join(graph.weights, shards);
    const rebuilt = readOnnx(join(graph.skeleton, shards));
    const before = await weightsOf(readOnnx(bytes).graph);
    const moved = listWeights(rebuilt.graph);
    expect(moved.map(({ name }) => name).sort()).toEqual([...before.keys()].sort());
    for (const { tensor: each, name } of moved) {
      const { source } = each;
      if (source.kind !== 'external') throw new Error(`${name} is inline`);
      expect(source.location).toBe('weights');
      const found = weights.subarray(source.offset, source.offset + (source.length ?? 0));
      expect(equalBytes(found, before.get(name) ?? new Uint8Array(0))).toBe(true);
    }
  });
});
