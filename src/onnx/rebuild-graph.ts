// A graph's two files from the shards of its model: the skeleton (the .onnx protobuf, its weights
// named as external) and the weights. Each is one buffer, filled shard by shard: no shard is kept,
// and no second copy is made before the runtime's own.
import type { BoundedManifest, Graph, ShardRange } from '#model/bounded-manifest.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { ReadShard } from './bounded-backend.ts';

export interface GraphFiles {
  skeleton: Bytes;
  /** Null where the skeleton holds all. */
  weights: Bytes | null;
}

const sum = (ranges: readonly ShardRange[]) => ranges.reduce((all, { bytes }) => all + bytes, 0);

/** What the files of all graphs have together. */
export function modelBytes({ graphs }: Pick<BoundedManifest, 'graphs'>): number {
  const files = Object.values(graphs).map(({ skeleton, weights }) => sum(skeleton) + sum(weights));
  return files.reduce((all, bytes) => all + bytes, 0);
}

interface Piece {
  range: ShardRange;
  target: Bytes;
  at: number;
}

function layOut(ranges: readonly ShardRange[], target: Bytes): Piece[] {
  let at = 0;
  return ranges.map((range) => {
    const piece = { range, target, at };
    at += range.bytes;
    return piece;
  });
}

/**
 * Reads every shard once, the lowest first, and one at a time.
 * @throws onnx/shard-range, the signal's reason, and what `readShard` throws
 */
export async function rebuildGraph(
  graph: Pick<Graph, 'skeleton' | 'weights'>,
  readShard: ReadShard,
  signal: AbortSignal,
): Promise<GraphFiles> {
  const skeleton = new Uint8Array(sum(graph.skeleton));
  const weights = new Uint8Array(sum(graph.weights));
  const pieces = [...layOut(graph.skeleton, skeleton), ...layOut(graph.weights, weights)];
  const shards = [...new Set(pieces.map(({ range }) => range.shard))].sort((a, b) => a - b);
  for (const shard of shards) {
    signal.throwIfAborted();
    const bytes = await readShard(shard);
    for (const { range, target, at } of pieces) {
      if (range.shard !== shard) continue;
      const end = range.offset + range.bytes;
      if (end > bytes.length) {
        const message = `Shard ${shard} has ${bytes.length} bytes, the model wants ${end} of it.`;
        throw new IdlewildError('onnx/shard-range', message);
      }
      target.set(bytes.subarray(range.offset, end), at);
    }
  }
  return { skeleton, weights: weights.length > 0 ? weights : null };
}
