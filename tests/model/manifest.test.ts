// Manifests as untrusted input, and the way of a model through manifest and shards and back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attentionScale, encoderTensors } from '#model/architecture.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { listEncoder } from '#model/list-encoder.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { type Manifest, manifestId, parseManifest } from '#model/manifest.ts';
import { saveEncoder } from '#model/save-encoder.ts';
import { makeSyntheticEncoder, syntheticConfig, syntheticVariants } from '#model/synthetic.ts';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { sha256 } from '#sha256';

const options = { name: 'synthetic', licence: 'CC0-1.0', tokenizer: utf8('{}') };
const weights = makeSyntheticEncoder(1);
const saved = saveEncoder(weights, options);

const digestOf = (array: Int8Array | Uint16Array | Int32Array) =>
  toHex(sha256(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)));

type Tree = Record<string, unknown>;

/** The manifest's bytes after a change by path, such as "config.heads". */
function changed(path: string, value: unknown): Uint8Array {
  const copy = JSON.parse(new TextDecoder().decode(saved.manifestBytes)) as Tree;
  const keys = path.split('/');
  const last = keys.pop() as string;
  const target = keys.reduce((node, key) => node[key] as Tree, copy);
  if (value === undefined) delete target[last];
  else target[last] = value;
  return utf8(JSON.stringify(copy));
}

function codeOf(bytes: Uint8Array): string {
  try {
    parseManifest(bytes);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(IdlewildError);
    return (thrown as IdlewildError).code;
  }
  return 'none';
}

describe('a model written', () => {
  test('is read back as it was', () => {
    const manifest = parseManifest(saved.manifestBytes);
    expect(manifest).toEqual(saved.manifest);
    expect(loadEncoder(manifest, saved.shards)).toEqual(weights);
  });

  test.each(syntheticVariants)('is read back as it was: $name', ({ changes }) => {
    const variant = makeSyntheticEncoder(2, { ...syntheticConfig, ...changes });
    const { manifestBytes, shards } = saveEncoder(variant, options);
    const read = loadEncoder(parseManifest(manifestBytes), shards);
    expect(read.config).toEqual(variant.config);
    // Compared as bytes: toEqual takes seconds for arrays of this length.
    const list = (encoder: EncoderWeights) => {
      const { arrays, shifts } = listEncoder(encoder);
      return [...[...arrays].map(([name, array]) => [name, digestOf(array)]), ...shifts];
    };
    expect(list(read)).toEqual(list(variant));
  });

  test('has the sha256 of its manifest as its id, twice the same', () => {
    expect(saved.id).toBe(manifestId(saved.manifestBytes));
    expect(saveEncoder(makeSyntheticEncoder(1), options).id).toBe(saved.id);
    expect(saveEncoder(makeSyntheticEncoder(2), options).id).not.toBe(saved.id);
  });

  test('keeps each layer in a shard of its own', () => {
    const shardsOf = (prefix: string) =>
      new Set(
        saved.manifest.tensors
          .filter(({ name }) => name.startsWith(prefix))
          .flatMap(({ parts }) => parts.map(({ shard }) => shard)),
      );
    expect(shardsOf('layers.0.')).toEqual(new Set([1]));
    expect(shardsOf('layers.1.')).toEqual(new Set([2]));
  });

  test('cuts a table longer than a shard at its rows', () => {
    const config = { ...syntheticConfig, vocabularySize: 70_001, layers: 1 };
    const large = makeSyntheticEncoder(3, config);
    const { manifest, manifestBytes, shards } = saveEncoder(large, options);
    expect(shards.every(({ length }) => length <= limits.shardBytesMax)).toBe(true);
    const words = manifest.tensors[0];
    expect(words.parts.length).toBeGreaterThan(1);
    expect(words.parts.every(({ bytes }) => bytes % config.hiddenSize === 0)).toBe(true);
    const { words: read } = loadEncoder(parseManifest(manifestBytes), shards).embeddings;
    expect(Buffer.compare(Buffer.from(read), Buffer.from(large.embeddings.words))).toBe(0);
  });

  test('holds the norm’s shapes at their largest within the manifest’s limit', () => {
    const config = { ...syntheticConfig, layers: limits.layersMax };
    expect(encoderTensors(config)).toHaveLength(5 + 18 * limits.layersMax);
    expect(attentionScale(32)).toEqual({ mantissa: 33956, shift: 41 });
    expect(attentionScale(4).shift).toBe(40);
    expect(attentionScale(64).shift).toBe(42);
    expect(attentionScale(256)).toEqual({ mantissa: 48022, shift: 43 });
  });
});

describe('a manifest is refused by field', () => {
  const part = saved.manifest.tensors[1].parts[0];
  const shardsTooMany = Array(Math.floor(limits.modelBytesMax / limits.shardBytesMax) + 1).fill({
    sha256: 'a'.repeat(64),
    bytes: limits.shardBytesMax,
  });
  const cases: [string, string, unknown][] = [
    ['manifest/format', 'format', 'idlewild-manifest/2'],
    ['manifest/arithmetic', 'arithmetic', 'idlewild-exact/2'],
    ['manifest/architecture', 'architecture', 'llama'],
    ['manifest/name', 'name', ''],
    ['manifest/name', 'name', 'x'.repeat(limits.textBytesMax + 1)],
    ['manifest/licence', 'licence', 4],
    ['manifest/malformed', 'licence', undefined],
    ['manifest/malformed', 'more', 1],
    ['manifest/config', 'config', null],
    ['manifest/config', 'config/hiddenSize', 65],
    ['manifest/config', 'config/hiddenSize', 2048],
    ['manifest/config', 'config/hiddenSize', '64'],
    ['manifest/config', 'config/intermediateSize', 8192],
    ['manifest/config', 'config/heads', 3],
    ['manifest/config', 'config/heads', 1e300],
    ['manifest/config', 'config/layers', 0],
    ['manifest/config', 'config/tokensMax', 65],
    ['manifest/config', 'config/tokensMax', 513],
    ['manifest/config', 'config/vocabularySize', 2 ** 31],
    ['manifest/config', 'config/outlierColumns', 6],
    ['manifest/config', 'config/weightBits', 6],
    ['manifest/config', 'config/pooling', 'max'],
    ['manifest/config', 'config/pooling', undefined],
    ['manifest/config', 'config/attentionBias', 1],
    ['manifest/config', 'config/dense', undefined],
    ['manifest/config', 'config/dense', 64],
    ['manifest/config', 'config/dense', []],
    ['manifest/config', 'config/dense', { size: 64 }],
    ['manifest/config', 'config/dense', { size: 40, activation: 'tanh' }],
    ['manifest/config', 'config/dense', { size: 2048, activation: 'tanh' }],
    ['manifest/config', 'config/dense', { size: 64, activation: 'relu' }],
    ['manifest/config', 'config/dense', { size: 64, activation: 'tanh', bias: true }],
    ['manifest/shifts', 'config/dense', { size: 64, activation: 'tanh' }],
    ['manifest/tensors', 'config/attentionBias', true],
    ['manifest/config', 'config/extra', 6],
    ['manifest/attention', 'attention/shift', 38],
    ['manifest/attention', 'attention/mantissa', 65535],
    ['manifest/shifts', 'shifts/layers.0.qkv', 23],
    ['manifest/shifts', 'shifts/layers.0.qkv', 49],
    ['manifest/shifts', 'shifts/layers.0.attentionNorm', 0],
    ['manifest/shifts', 'shifts/layers.1.down', undefined],
    ['manifest/shifts', 'shifts/__proto__x', 1],
    ['manifest/tokenizer', 'tokenizer/bytes', -1],
    ['manifest/tokenizer', 'tokenizer/sha256', 'A'.repeat(64)],
    ['manifest/shards', 'shards', []],
    ['manifest/shards', 'shards/0/bytes', limits.shardBytesMax + 1],
    ['manifest/shards', 'shards/0/sha256', '../../etc/passwd'],
    ['manifest/shards', 'shards', shardsTooMany],
    ['manifest/tensors', 'tensors', saved.manifest.tensors.slice(1)],
    ['manifest/tensors', 'tensors/0/name', 'embeddings.word'],
    ['manifest/tensors', 'tensors/0/dtype', 'i32'],
    ['manifest/tensors', 'tensors/0/shape', [64, 63]],
    ['manifest/tensors', 'tensors/0/shape', [64]],
    ['manifest/tensors', 'tensors/0/parts', []],
    ['manifest/tensors', 'tensors/0/parts/0/bytes', 64],
    ['manifest/tensors', 'tensors/0/parts/0/bytes', 100],
    ['manifest/tensors', 'tensors/0/parts/0/shard', 99],
    ['manifest/tensors', 'tensors/0/parts/0/shard', -1],
    ['manifest/tensors', 'tensors/1/parts/0/offset', 2],
    ['manifest/tensors', 'tensors/1/parts/0/offset', 0],
    ['manifest/tensors', 'tensors/1/parts/0/offset', 4 << 20],
    ['manifest/tensors', 'tensors/1/parts', [part, part]],
  ];
  test.each(cases)('%s: %s (%#)', (code, path, value) => {
    expect(codeOf(changed(path, value))).toBe(code);
  });

  test('by size and by syntax', () => {
    expect(codeOf(new Uint8Array(limits.manifestBytesMax + 1))).toBe('manifest/size');
    expect(codeOf(utf8('{'))).toBe('manifest/malformed');
    expect(codeOf(utf8('null'))).toBe('manifest/malformed');
    expect(codeOf(new Uint8Array([255]))).toBe('manifest/malformed');
  });

  test('in words that name the field', () => {
    expect(() => parseManifest(changed('config/heads', 3))).toThrow('Manifest, config.heads:');
    expect(() => parseManifest(changed('tensors/1/parts/0/offset', 2))).toThrow(
      'Manifest, tensors[1].parts[0].offset: expected a multiple of 4.',
    );
  });

  test('whatever the bytes and the values', () => {
    const mutation = fc.tuple(fc.nat(saved.manifestBytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const bytes = saved.manifestBytes.slice();
        for (const [at, value] of mutations) bytes[at] = value;
        codeOf(bytes);
      }),
      { numRuns: 500 },
    );
    const paths = ['config', 'attention', 'shifts', 'shards', 'tensors', 'tensors/3', 'shards/0'];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        expect(codeOf(changed(path, value))).toMatch(/^manifest\//);
      }),
      { numRuns: 300 },
    );
  });
});

describe('shards are refused', () => {
  const load = (change: (shards: Uint8Array[], manifest: Manifest) => void) => () => {
    const shards = saved.shards.map((shard) => shard.slice());
    change(shards, saved.manifest);
    return loadEncoder(saved.manifest, shards);
  };
  const at = (name: string) => {
    const tensor = saved.manifest.tensors.find((entry) => entry.name === name);
    return tensor?.parts[0] as Manifest['tensors'][0]['parts'][0];
  };

  test('in another number or length', () => {
    expect(load((shards) => shards.pop())).toThrow('2 shards given, 3 expected');
    expect(load((shards) => shards.splice(0, 1, new Uint8Array(3)))).toThrow('Shard 0 has 3 bytes');
  });

  test('with a weight of -128', () => {
    const { shard, offset } = at('layers.0.up.weight');
    expect(load((shards) => shards[shard].fill(0x80, offset, offset + 1))).toThrow(
      'layers.0.up.weight[0]: -128 is not in -127..127.',
    );
  });

  test('with outliers that are out of order or out of range', () => {
    const { shard, offset } = at('layers.0.qkv.outliers');
    const message = /layers.0.qkv.outliers\[.\]: expected ascending columns below 64/;
    expect(load((shards) => shards[shard].fill(0, offset, offset + 4))).toThrow(message);
    expect(load((shards) => shards[shard].fill(255, offset, offset + 2))).toThrow(message);
  });

  test('with gammas beyond 16 bits and biases beyond what 32 bits carry', () => {
    const gamma = at('embeddings.norm.gamma');
    expect(
      load((shards) => shards[gamma.shard].fill(0x7f, gamma.offset, gamma.offset + 4)),
    ).toThrow(/embeddings.norm.gamma\[0\]/);
    const bias = at('layers.1.down.bias');
    expect(load((shards) => shards[bias.shard].fill(0x7f, bias.offset, bias.offset + 4))).toThrow(
      /layers.1.down, output 0: may reach/,
    );
  });

  test('with an attention bias beyond 2^24, or a dense layer that 32 bits do not carry', () => {
    const dense = { size: 48, activation: 'tanh' } as const;
    const changed = (change: (variant: EncoderWeights) => void) => () => {
      const config = { ...syntheticConfig, attentionBias: true, dense };
      const variant = makeSyntheticEncoder(2, config);
      change(variant);
      const { manifest, shards } = saveEncoder(variant, options);
      return loadEncoder(manifest, shards);
    };
    expect(changed(({ attentionBias }) => attentionBias?.fill(2 ** 24, 9, 11))).not.toThrow();
    expect(changed(({ attentionBias }) => attentionBias?.fill(-(2 ** 24) - 1, 9, 11))).toThrow(
      'attention.bias, output 9: -16777217 is beyond 16777216',
    );
    expect(changed((variant) => variant.dense?.bias.fill(2 ** 31 - 9))).toThrow(
      /dense, output 0: may reach/,
    );
  });
});
