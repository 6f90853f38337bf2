// A manifest names a model: its bytes' sha256 is the model's id. It is untrusted input, in the
// coordinator and in every tab: nothing is allocated or fetched before all of it was checked.

import { toHex } from '#protocol/bytes.ts';
import { limits } from '#protocol/limits.ts';
import { sha256 } from '#sha256';
import {
  ARITHMETIC,
  attentionScale,
  configChoices,
  configRanges,
  encoderShifts,
  encoderTensors,
  findConfigFault,
  type TensorShape,
} from './architecture.ts';
import type { Dyadic, EncoderConfig } from './encoder.ts';
import {
  parseManifestJson,
  quote,
  readBlob,
  readConstant,
  readFields,
  readInteger,
  readText,
  refuse,
} from './manifest-fields.ts';

interface TensorPart {
  /** Index into `shards`. */
  shard: number;
  /** A multiple of 4. */
  offset: number;
  bytes: number;
}

export interface TensorEntry extends TensorShape {
  /** In order; a large table is cut at rows over several shards. */
  parts: TensorPart[];
}

export interface Manifest {
  format: 'idlewild-manifest/1';
  arithmetic: string;
  architecture: 'bert-encoder';
  name: string;
  licence: string;
  config: EncoderConfig;
  attention: Dyadic;
  /** By name: embeddings.words, embeddings.norm, layers.0.qkv, layers.0.attentionNorm, ... */
  shifts: Record<string, number>;
  tokenizer: { sha256: string; bytes: number };
  shards: { sha256: string; bytes: number }[];
  tensors: TensorEntry[];
}

export const dtypeBytes = { i8: 1, u16: 2, i32: 4 } as const;

const tokenizerBytesMax = 32 << 20;
const shardsMax = 1024;

/** The model's id: hex sha256 of the manifest's bytes. */
export function manifestId(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

/**
 * Checks a manifest whole: every size, shape and range, and that each tensor of the architecture
 * is there with its dtype and shape, inside its shards, and overlaps no other.
 * @throws manifest/... naming the field
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const fields = readFields(parseManifestJson(bytes), 'malformed', [
    'format',
    'arithmetic',
    'architecture',
    'name',
    'licence',
    'config',
    'attention',
    'shifts',
    'tokenizer',
    'shards',
    'tensors',
  ]);
  const format = readConstant(fields.format, 'format', 'idlewild-manifest/1');
  const arithmetic = readConstant(fields.arithmetic, 'arithmetic', ARITHMETIC);
  const architecture = readConstant(fields.architecture, 'architecture', 'bert-encoder');
  const config = readConfig(fields.config);
  const shards = readShards(fields.shards);
  return {
    format,
    arithmetic,
    architecture,
    name: readText(fields.name, 'name'),
    licence: readText(fields.licence, 'licence'),
    config,
    attention: readAttention(fields.attention, config),
    shifts: readShifts(fields.shifts, config),
    tokenizer: readBlob(fields.tokenizer, 'tokenizer', tokenizerBytesMax),
    shards,
    tensors: readTensors(fields.tensors, config, shards),
  };
}

function readConfig(value: unknown): EncoderConfig {
  const names = [...configRanges.map(({ field }) => field), ...configChoices];
  const config = { ...readFields(value, 'config', names) } as unknown as EncoderConfig;
  if (config.dense !== null) readFields(config.dense, 'config.dense', ['size', 'activation']);
  const fault = findConfigFault(config);
  if (fault) throw refuse(`config.${fault.field}`, fault.why);
  return config;
}

function readAttention(value: unknown, config: EncoderConfig): Dyadic {
  const { mantissa, shift } = readFields(value, 'attention', ['mantissa', 'shift']);
  const expected = attentionScale(config.hiddenSize / config.heads);
  if (mantissa !== expected.mantissa || shift !== expected.shift) {
    throw refuse('attention', `expected ${JSON.stringify(expected)} for this head size`);
  }
  return expected;
}

function readShifts(value: unknown, config: EncoderConfig): Record<string, number> {
  const ranges = encoderShifts(config);
  const fields = readFields(
    value,
    'shifts',
    ranges.map(({ name }) => name),
  );
  return Object.fromEntries(
    ranges.map(({ name, least, most }) => [
      name,
      readInteger(fields[name], `shifts[${quote(name)}]`, least, most),
    ]),
  );
}

function readShards(value: unknown): Manifest['shards'] {
  if (!Array.isArray(value) || value.length === 0 || value.length > shardsMax) {
    throw refuse('shards', `expected 1 to ${shardsMax} (shardsMax)`);
  }
  const shards = value.map((shard, index) =>
    readBlob(shard, `shards[${index}]`, limits.shardBytesMax),
  );
  const total = shards.reduce((sum, shard) => sum + shard.bytes, 0);
  if (total > limits.modelBytesMax) {
    throw refuse('shards', `${total} bytes exceed modelBytesMax (${limits.modelBytesMax})`);
  }
  return shards;
}

function readTensors(value: unknown, config: EncoderConfig, shards: Manifest['shards']) {
  const expected = encoderTensors(config);
  if (!Array.isArray(value) || value.length !== expected.length) {
    throw refuse('tensors', `expected ${expected.length} of them`);
  }
  const tensors = expected.map((shape, index) => readTensor(value[index], index, shape));
  const used = shards.map((): { part: TensorPart; name: string }[] => []);
  for (const { name, parts } of tensors) {
    for (const part of parts) {
      if (part.shard >= shards.length) throw refuse('tensors', `${name}: no shard ${part.shard}`);
      used[part.shard].push({ part, name });
    }
  }
  used.forEach((entries, shard) => {
    entries.sort((a, b) => a.part.offset - b.part.offset);
    let covered = 0;
    for (const { part, name } of entries) {
      if (part.offset < covered) throw refuse('tensors', `${name}: overlaps in shard ${shard}`);
      covered = part.offset + part.bytes;
      if (covered > shards[shard].bytes) {
        throw refuse('tensors', `${name}: ends beyond shard ${shard}`);
      }
    }
  });
  return tensors;
}

function readTensor(value: unknown, index: number, expected: TensorShape): TensorEntry {
  const field = `tensors[${index}]`;
  const { name, dtype, shape, parts } = readFields(value, field, [
    'name',
    'dtype',
    'shape',
    'parts',
  ]);
  if (name !== expected.name) throw refuse(`${field}.name`, `expected ${quote(expected.name)}`);
  if (dtype !== expected.dtype) throw refuse(`${field}.dtype`, `expected ${expected.dtype}`);
  const isShape =
    Array.isArray(shape) &&
    shape.length === expected.shape.length &&
    shape.every((length, dimension) => length === expected.shape[dimension]);
  if (!isShape) throw refuse(`${field}.shape`, `expected [${expected.shape.join(', ')}]`);
  if (!Array.isArray(parts) || parts.length === 0 || parts.length > shardsMax) {
    throw refuse(`${field}.parts`, `expected 1 to ${shardsMax} (shardsMax)`);
  }
  const rowBytes = expected.shape.slice(1).reduce((a, b) => a * b, dtypeBytes[expected.dtype]);
  const total = rowBytes * expected.shape[0];
  const read = parts.map((part, at) => readPart(part, `${field}.parts[${at}]`, rowBytes));
  const bytes = read.reduce((sum, part) => sum + part.bytes, 0);
  if (bytes !== total) throw refuse(`${field}.parts`, `hold ${bytes} bytes of ${total}`);
  return { ...expected, parts: read };
}

function readPart(value: unknown, field: string, rowBytes: number): TensorPart {
  const fields = readFields(value, field, ['shard', 'offset', 'bytes']);
  const most = limits.shardBytesMax;
  const shard = readInteger(fields.shard, `${field}.shard`, 0, shardsMax - 1);
  const offset = readInteger(fields.offset, `${field}.offset`, 0, most);
  const bytes = readInteger(fields.bytes, `${field}.bytes`, 1, most);
  if (offset % 4 !== 0) throw refuse(`${field}.offset`, 'expected a multiple of 4');
  if (bytes % rowBytes !== 0) throw refuse(`${field}.bytes`, `expected whole rows of ${rowBytes}`);
  return { shard, offset, bytes };
}
