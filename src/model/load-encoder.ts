// Makes an encoder of a checked manifest and its shards, in the coordinator and in every tab.
// Backends rely on the ranges that are checked here, and check nothing again.
import { bytesToInt32 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { type LinearName, linearShape } from './architecture.ts';
import { proveBounds } from './bounds.ts';
import type { EncoderWeights, LinearWeights, NormWeights } from './encoder.ts';
import type { Manifest, TensorEntry } from './manifest.ts';

function refuse(what: string, message: string): IdlewildError {
  return new IdlewildError(`model/${what}`, message);
}

/**
 * @param shards in the manifest's order, their digests already checked by whoever fetched them
 * @throws model/shards, model/range, model/overflow
 */
export function loadEncoder(manifest: Manifest, shards: readonly Uint8Array[]): EncoderWeights {
  if (shards.length !== manifest.shards.length) {
    throw refuse('shards', `${shards.length} shards given, ${manifest.shards.length} expected.`);
  }
  manifest.shards.forEach(({ bytes }, index) => {
    if (shards[index].length !== bytes) {
      throw refuse('shards', `Shard ${index} has ${shards[index].length} bytes of ${bytes}.`);
    }
  });
  const { config, attention, shifts } = manifest;
  const read = makeReader(manifest, shards);
  const norm = (name: string): NormWeights => ({
    gamma: checkRange(`${name}.gamma`, read.i32(`${name}.gamma`), -65535, 65535),
    shift: shifts[name],
    beta: read.i32(`${name}.beta`),
  });
  const limit = config.weightBits === 8 ? 127 : 63;
  const linear = (name: string, part: LinearName): LinearWeights => {
    const { inputs, outputs, outliers } = linearShape(config, part);
    return {
      inputs,
      outputs,
      weight: checkRange(`${name}.weight`, read.i8(`${name}.weight`), -limit, limit),
      scale: read.u16(`${name}.scale`),
      shift: shifts[name],
      bias: read.i32(`${name}.bias`),
      outliers:
        outliers === 0
          ? new Uint16Array()
          : checkColumns(`${name}.outliers`, read.u16(`${name}.outliers`), inputs),
    };
  };
  const weights: EncoderWeights = {
    config,
    attention,
    embeddings: {
      words: checkRange('embeddings.words', read.i8('embeddings.words'), -127, 127),
      wordScale: read.u16('embeddings.wordScale'),
      wordShift: shifts['embeddings.words'],
      positions: read.i32('embeddings.positions'),
      norm: norm('embeddings.norm'),
    },
    attentionBias: config.attentionBias ? read.i32('attention.bias') : null,
    layers: Array.from({ length: config.layers }, (_, layer) => ({
      qkv: linear(`layers.${layer}.qkv`, 'qkv'),
      output: linear(`layers.${layer}.output`, 'output'),
      attentionNorm: norm(`layers.${layer}.attentionNorm`),
      up: linear(`layers.${layer}.up`, 'up'),
      down: linear(`layers.${layer}.down`, 'down'),
      outputNorm: norm(`layers.${layer}.outputNorm`),
    })),
    dense: config.dense ? linear('dense', 'dense') : null,
  };
  proveBounds(weights);
  return weights;
}

function makeReader(manifest: Manifest, shards: readonly Uint8Array[]) {
  const entries = new Map(manifest.tensors.map((tensor) => [tensor.name, tensor]));
  const gather = (name: string): Uint8Array<ArrayBuffer> => {
    const { parts } = entries.get(name) as TensorEntry;
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(shards[part.shard].subarray(part.offset, part.offset + part.bytes), at);
      at += part.bytes;
    }
    return bytes;
  };
  return {
    i8: (name: string) => new Int8Array(gather(name).buffer),
    i32: (name: string) => bytesToInt32(gather(name)),
    u16(name: string) {
      const bytes = gather(name);
      return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => {
        return bytes[2 * i] | (bytes[2 * i + 1] << 8);
      });
    },
  };
}

function checkRange<T extends Int8Array | Int32Array>(
  name: string,
  values: T,
  least: number,
  most: number,
): T {
  for (let i = 0; i < values.length; i++) {
    if (values[i] < least || values[i] > most) {
      throw refuse('range', `${name}[${i}]: ${values[i]} is not in ${least}..${most}.`);
    }
  }
  return values;
}

function checkColumns(name: string, columns: Uint16Array<ArrayBuffer>, inputs: number) {
  columns.forEach((column, i) => {
    if (column >= inputs || (i > 0 && column <= columns[i - 1])) {
      throw refuse('range', `${name}[${i}]: expected ascending columns below ${inputs}.`);
    }
  });
  return columns;
}
