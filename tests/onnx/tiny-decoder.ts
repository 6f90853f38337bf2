// A sequence model of a dozen tokens with Whisper's inputs and outputs: an encoder, and a decoder with
// a past that grows and one that only its first step computes.
import type { GreedyRunner } from '#model/bounded-manifest.ts';
import { encodeGraph, floatBytes, node } from './tiny-models.ts';
import { port, type WholeModel, wholeModel } from './whole-model.ts';

const vocabulary = 12;
const size = 4;

const noise = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(at * 12.9898 + seed * 78.233) * 1.5);

const longs = (...values: number[]) => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

function encoderGraph(): Uint8Array {
  return encodeGraph({
    nodes: [node('Unsqueeze', ['features', 'one'], 'states')],
    constants: [{ name: 'one', type: 'int64', dims: [1], bytes: longs(1) }],
    inputs: [{ name: 'features', type: 'float32', dims: [1, size] }],
    outputs: [{ name: 'states', type: 'float32', dims: [1, 1, size] }],
  });
}

function decoderGraph(): Uint8Array {
  const past = (name: string, length: string) => ({
    name,
    type: 'float32' as const,
    dims: [1, 1, length, size],
  });
  return encodeGraph({
    nodes: [
      node('Gather', ['embedding', 'ids'], 'e'),
      node('Add', ['e', 'from'], 'h'),
      node('Unsqueeze', ['h', 'one'], 'hh'),
      node('Concat', ['past.self', 'hh'], 'present.self', { axis: 2 }),
      node('Unsqueeze', ['from', 'one'], 'ff'),
      node('Concat', ['past.cross', 'ff'], 'present.cross', { axis: 2 }),
      node('ReduceSum', ['present.self', 'two'], 'sum', { keepdims: 1 }),
      node('Squeeze', ['sum', 'one'], 'context'),
      node('ReduceSum', ['present.cross', 'two'], 'sum2', { keepdims: 1 }),
      node('Squeeze', ['sum2', 'one'], 'context2'),
      node('Sub', ['h', 'context'], 'a'),
      node('Add', ['a', 'context2'], 'b'),
      node('MatMul', ['b', 'unembedding'], 'l'),
      node('Cast', ['branch'], 'c', { to: 1 }),
      node('Add', ['l', 'c'], 'logits'),
    ],
    constants: [
      { name: 'one', type: 'int64', dims: [1], bytes: longs(1) },
      { name: 'two', type: 'int64', dims: [1], bytes: longs(2) },
      {
        name: 'embedding',
        type: 'float32',
        dims: [vocabulary, size],
        bytes: floatBytes(noise(vocabulary * size, 1)),
      },
      {
        name: 'unembedding',
        type: 'float32',
        dims: [size, vocabulary],
        bytes: floatBytes(noise(vocabulary * size, 2)),
      },
    ],
    inputs: [
      { name: 'ids', type: 'int64', dims: [1, 'n'] },
      { name: 'from', type: 'float32', dims: [1, 1, size] },
      past('past.self', 'p'),
      past('past.cross', 'q'),
      { name: 'branch', type: 'bool', dims: [1] },
    ],
    outputs: [
      { name: 'logits', type: 'float32', dims: [1, 'n', vocabulary] },
      past('present.self', 'p1'),
      past('present.cross', 'q1'),
    ],
  });
}

const runner: GreedyRunner = {
  kind: 'greedy-decoder',
  features: 'features',
  endToken: 0,
  tokensMax: 9,
  suppress: [],
  beginSuppress: [0],
  timestamps: null,
  noSpeech: null,
  decoder: {
    tokens: 'ids',
    states: { output: 'states', input: 'from' },
    logits: 'logits',
    branch: 'branch',
    past: [
      { input: 'past.self', output: 'present.self', kept: false },
      { input: 'past.cross', output: 'present.cross', kept: true },
    ],
  },
};

export function tinyDecoder(): WholeModel {
  return wholeModel(
    {
      encoder: {
        bytes: encoderGraph(),
        inputs: [port('features', 'float32', [1, size])],
        outputs: [port('states', 'float32', [1, 1, size])],
      },
      decoder: {
        bytes: decoderGraph(),
        inputs: [
          port('ids', 'int64', [1, 'n']),
          port('from', 'float32', [1, 1, size]),
          port('past.self', 'float32', ['batch', 1, 'p', size]),
          port('past.cross', 'float32', ['batch', 1, 'q', size]),
          port('branch', 'bool', [1]),
        ],
        outputs: [
          port('logits', 'float32', [1, 'n', vocabulary]),
          port('present.self', 'float32', ['batch', 1, 'p1', size]),
          port('present.cross', 'float32', ['batch', 1, 'q1', size]),
        ],
      },
    },
    { runner, compare: { kind: 'equal', output: 'tokens' } },
  );
}
