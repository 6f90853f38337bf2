// A bounded manifest that is whole, for tests to break.
import type { BoundedManifest, Graph, GreedyRunner, Port } from '#model/bounded-manifest.ts';

const port = (name: string, dtype: Port['dtype'], shape: Port['shape']): Port => ({
  name,
  dtype,
  shape,
  feed: null,
});

const range = (shard: number, offset: number, bytes: number) => ({ shard, offset, bytes });

export const sampleGraph: Graph = {
  inputs: [port('x', 'float32', ['n', 3, 'height', 'width'])],
  outputs: [port('y', 'float32', ['n', 'steps', 97])],
  skeleton: [range(0, 0, 100)],
  weights: [range(1, 0, 4096), range(1, 0, 64)],
};

export const sampleManifest: BoundedManifest = {
  format: 'idlewild-bounded/1',
  name: 'sample',
  licence: 'MIT',
  opset: 13,
  producer: 'test',
  graphs: { model: sampleGraph },
  runner: { kind: 'graph' },
  shards: [
    { sha256: '0'.repeat(64), bytes: 100 },
    { sha256: '1'.repeat(64), bytes: 4096 },
  ],
  files: { 'characters.txt': { sha256: '2'.repeat(64), bytes: 9 } },
  compare: { kind: 'close', outputs: { y: { absolute: 1e-5, relative: 1e-4, cosine: 0.999 } } },
  measured: {
    ways: ['wasm', 'wasm:unoptimized'],
    requests: 3,
    margin: 16,
    spread: { y: { absolute: 1e-6, relative: 1e-5, cosine: 1 } },
  },
  backends: { wasm: { fallback: [] }, webgpu: { fallback: ['MatMulInteger'] } },
  batching: 'same',
  cost: { perRequest: 46080 * 1000, perElement: 1000, example: { x: [1, 3, 48, 320] } },
};

const past = ['decoder', 'encoder'].map((side) => ({
  input: `past.${side}`,
  output: `present.${side}`,
  kept: side === 'encoder',
}));

export const sampleGreedy: GreedyRunner = {
  kind: 'greedy-decoder',
  features: 'features',
  endToken: 50257,
  tokensMax: 224,
  suppress: [1, 2],
  beginSuppress: [220],
  timestamps: { begin: 50364, none: 50363, initialMax: 50 },
  noSpeech: { token: 50362, at: 50258, probabilityMin: 0.6, logprobMax: -1 },
  decoder: {
    tokens: 'ids',
    states: { output: 'states', input: 'encoded' },
    logits: 'logits',
    branch: 'branch',
    past,
  },
};

export const sampleTranscriber: BoundedManifest = {
  ...sampleManifest,
  graphs: {
    encoder: {
      ...sampleGraph,
      inputs: [port('features', 'float32', ['batch', 80, 3000])],
      outputs: [port('states', 'float32', ['batch', 1500, 384])],
    },
    decoder: {
      ...sampleGraph,
      inputs: [
        port('ids', 'int64', ['batch', 'tokens']),
        port('encoded', 'float32', ['batch', 'frames', 384]),
        port('branch', 'bool', [1]),
        ...past.map(({ input }) => port(input, 'float32', ['batch', 6, `${input} length`, 64])),
      ],
      outputs: [
        port('logits', 'float32', ['batch', 'tokens', 51865]),
        ...past.map(({ output }) => port(output, 'float32', ['batch', 6, 'length', 64])),
      ],
    },
  },
  runner: sampleGreedy,
  compare: { kind: 'equal', output: 'tokens' },
  measured: { ways: ['wasm'], requests: 1, margin: 16, spread: {} },
  cost: { perRequest: 40e9, perElement: null, example: { features: [1, 80, 3000] } },
};
