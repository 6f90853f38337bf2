// Writes weights as a manifest and shards: the last step of an import. Equal weights give equal
// bytes, and so the same model id. load-encoder.ts is the way back.

import { type Bytes, concatBytes, toHex, utf8, wordsToBytes } from '#protocol/bytes.ts';
import { assert } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { sha256 } from '#sha256';
import { ARITHMETIC, encoderShifts, encoderTensors, type TensorShape } from './architecture.ts';
import type { EncoderWeights } from './encoder.ts';
import { listEncoder } from './list-encoder.ts';
import { dtypeBytes, type Manifest, manifestId, type TensorEntry } from './manifest.ts';

export interface SavedModel {
  id: string;
  manifest: Manifest;
  manifestBytes: Bytes;
  /** In the manifest's order. */
  shards: Bytes[];
}

export interface SaveOptions {
  name: string;
  licence: string;
  tokenizer: Uint8Array;
}

export function saveEncoder(weights: EncoderWeights, options: SaveOptions): SavedModel {
  const { config, attention } = weights;
  const { arrays, shifts } = listEncoder(weights);
  const writer = makeShardWriter();
  const tensors = encoderTensors(config).map((shape) => {
    const array = arrays.get(shape.name);
    assert(array, `${shape.name} exists`);
    return writer.write(shape, toBytes(array));
  });
  const shards = writer.finish();
  const manifest: Manifest = {
    format: 'idlewild-manifest/1',
    arithmetic: ARITHMETIC,
    architecture: 'bert-encoder',
    name: options.name,
    licence: options.licence,
    config,
    attention,
    shifts: Object.fromEntries(
      encoderShifts(config).map(({ name }) => {
        const shift = shifts.get(name);
        assert(shift !== undefined, `${name} has a shift`);
        return [name, shift];
      }),
    ),
    tokenizer: { sha256: toHex(sha256(options.tokenizer)), bytes: options.tokenizer.length },
    shards: shards.map((bytes) => ({ sha256: toHex(sha256(bytes)), bytes: bytes.length })),
    tensors,
  };
  const manifestBytes = utf8(`${JSON.stringify(manifest, null, 1)}\n`);
  return { id: manifestId(manifestBytes), manifest, manifestBytes, shards };
}

function toBytes(array: Int8Array | Uint16Array | Int32Array): Bytes {
  if (array instanceof Int32Array) return wordsToBytes(array);
  if (array instanceof Int8Array) return new Uint8Array(array);
  const bytes = new Uint8Array(array.length * 2);
  for (let i = 0; i < array.length; i++) {
    bytes[2 * i] = array[i] & 255;
    bytes[2 * i + 1] = array[i] >> 8;
  }
  return bytes;
}

/** A layer begins a shard; what is longer than a shard goes on in the next, cut at rows. */
function makeShardWriter() {
  const shards: Bytes[] = [];
  let open: Uint8Array[] = [];
  let length = 0;
  let group = '';

  function close(): void {
    if (length > 0) shards.push(concatBytes(...open));
    open = [];
    length = 0;
  }

  function append(bytes: Uint8Array): void {
    open.push(bytes, new Uint8Array(-bytes.length & 3));
    length += (bytes.length + 3) & ~3;
  }

  function write(tensor: TensorShape, bytes: Uint8Array): TensorEntry {
    const [area, layer] = tensor.name.split('.');
    const current = area === 'layers' ? layer : area;
    if (current !== group) close();
    group = current;
    const rowBytes = tensor.shape.slice(1).reduce((a, b) => a * b, dtypeBytes[tensor.dtype]);
    const parts: TensorEntry['parts'] = [];
    for (let at = 0; at < bytes.length; ) {
      let room = Math.floor((limits.shardBytesMax - length) / rowBytes) * rowBytes;
      if (room === 0) {
        close();
        room = Math.floor(limits.shardBytesMax / rowBytes) * rowBytes;
      }
      const part = bytes.subarray(at, at + room);
      parts.push({ shard: shards.length, offset: length, bytes: part.length });
      append(part);
      at += part.length;
    }
    return { ...tensor, parts };
  }

  return {
    write,
    finish() {
      close();
      return shards;
    },
  };
}
