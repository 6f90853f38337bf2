// Cuts weights into shards of at most 4 MiB, content-addressed. A large tensor has shards of its
// own, so that models and graphs that share it share them; the small ones of a graph lie together.
// Equal tensors of one graph are kept once.
import type { ShardRange } from '#model/bounded-manifest.ts';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { sha256 } from '#sha256';

/** From here a tensor is not packed with others: at most 512 such in the largest model. */
const ownShardBytesMin = 1 << 20;

export interface PlannedShard {
  sha256: string;
  data: Uint8Array;
}

interface PlacedWeights {
  /** Where each tensor begins in the concatenation of the ranges; in the order given. */
  offsets: number[];
  ranges: ShardRange[];
}

export interface ShardPlan {
  /** A graph's weights. */
  addWeights(tensors: readonly Uint8Array[]): PlacedWeights;
  /** A file that is cut wherever a shard ends. */
  addFile(bytes: Uint8Array): ShardRange[];
  /** In the order of the manifest. @throws onnx/model-size */
  finish(): PlannedShard[];
}

export function planShards(): ShardPlan {
  const shards: PlannedShard[] = [];
  const known = new Map<string, number>();

  function addShard(data: Uint8Array): number {
    const digest = toHex(sha256(data));
    const index = known.get(digest) ?? shards.length;
    if (index === shards.length) {
      known.set(digest, index);
      shards.push({ sha256: digest, data });
    }
    return index;
  }

  function addFile(bytes: Uint8Array): ShardRange[] {
    // Equal parts, so that none is a crumb.
    const parts = Math.ceil(bytes.length / limits.shardBytesMax);
    const size = Math.ceil(bytes.length / parts);
    return Array.from({ length: parts }, (_, index) => {
      const data = bytes.subarray(index * size, (index + 1) * size);
      return { shard: addShard(data), offset: 0, bytes: data.length };
    });
  }

  return {
    addFile,
    addWeights: (tensors) => placeWeights(tensors, { addShard, addFile }),
    finish() {
      const total = shards.reduce((sum, { data }) => sum + data.length, 0);
      if (total > limits.modelBytesMax || shards.length > limits.modelShardsMax) {
        throw new IdlewildError(
          'onnx/model-size',
          `The model has ${total} bytes in ${shards.length} shards; at most ` +
            `${limits.modelBytesMax} (modelBytesMax) in ${limits.modelShardsMax} (modelShardsMax).`,
        );
      }
      return shards;
    },
  };
}

interface Writer {
  addShard(data: Uint8Array): number;
  addFile(bytes: Uint8Array): ShardRange[];
}

/** A small tensor's place: which pack, and where in it. */
interface Packed {
  pack: number;
  offset: number;
  bytes: number;
}

function placeWeights(
  tensors: readonly Uint8Array[],
  { addShard, addFile }: Writer,
): PlacedWeights {
  const packs: { parts: Uint8Array[]; bytes: number }[] = [];
  const seen = new Map<string, number>();
  const pieces: (Packed | ShardRange)[] = [];
  let total = 0;

  function pack(data: Uint8Array): Packed {
    let open = packs.at(-1);
    if (!open || open.bytes + data.length > limits.shardBytesMax) {
      open = { parts: [], bytes: 0 };
      packs.push(open);
    }
    open.parts.push(data);
    open.bytes += data.length;
    return { pack: packs.length - 1, offset: open.bytes - data.length, bytes: data.length };
  }

  const offsets = tensors.map((data) => {
    const digest = toHex(sha256(data));
    const held = seen.get(digest);
    if (held !== undefined) return held;
    const offset = total;
    seen.set(digest, offset);
    total += data.length;
    if (data.length >= ownShardBytesMin) pieces.push(...addFile(data));
    else if (data.length > 0) pieces.push(pack(data));
    return offset;
  });
  const shards = packs.map(({ parts }) => addShard(Buffer.concat(parts)));
  const ranges = pieces.map((piece) =>
    'pack' in piece
      ? { shard: shards[piece.pack], offset: piece.offset, bytes: piece.bytes }
      : piece,
  );
  return { offsets, ranges: coalesce(ranges) };
}

/** Neighbours in one shard become one range. */
function coalesce(ranges: readonly ShardRange[]): ShardRange[] {
  const joined: ShardRange[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    const follows = last?.shard === range.shard && last.offset + last.bytes === range.offset;
    if (last && follows) last.bytes += range.bytes;
    else joined.push({ ...range });
  }
  return joined;
}
