// A bounded manifest is a stranger's: whole it is taken as it is, and every fault is named.
import { describe, expect, it } from 'vitest';
import { isBounded, parseAnyManifest } from '#model/any-manifest.ts';
import { boundedCost, shapesOf } from '#model/bounded-cost.ts';
import { type BoundedManifest, requestPorts, rowPorts } from '#model/bounded-manifest.ts';
import { parseBoundedManifest } from '#model/parse-bounded.ts';
import { utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { sampleGraph, sampleGreedy, sampleManifest, sampleTranscriber } from './sample-bounded.ts';

const encode = (value: unknown) => utf8(JSON.stringify(value));
const parse = (value: unknown) => parseBoundedManifest(encode(value));

describe('a whole manifest', () => {
  it.each([
    ['of one graph', sampleManifest],
    ['of a greedy decoder', sampleTranscriber],
  ])('%s is taken as it is', (_, manifest) => {
    expect(parse(manifest)).toEqual(manifest);
    const any = parseAnyManifest(encode(manifest));
    expect([any, isBounded(any)]).toEqual([manifest, true]);
  });

  it('says what a request brings and what its row holds', () => {
    expect(requestPorts(sampleManifest)).toBe(sampleGraph.inputs);
    expect(rowPorts(sampleManifest)).toBe(sampleGraph.outputs);
    const names = requestPorts(sampleTranscriber).map(({ name }) => name);
    expect(names).toEqual(['features', 'start', 'choices', 'limit']);
    expect(rowPorts(sampleTranscriber)[0].name).toBe('tokens');
  });

  it('may take an input as bytes', () => {
    const feed = { dtype: 'uint8', axis: 1, scale: [0.01, 0.02, 0.03], offset: [-1] };
    const inputs = [{ ...sampleGraph.inputs[0], feed }];
    const manifest = { ...sampleManifest, graphs: { model: { ...sampleGraph, inputs } } };
    expect(parse(manifest)).toEqual(manifest);
  });
});

const withGraph = (change: object) => ({
  ...sampleManifest,
  graphs: { model: { ...sampleGraph, ...change } },
});
const withRunner = (change: object) => ({
  ...sampleTranscriber,
  runner: { ...sampleGreedy, ...change },
});
const withCompare = (compare: unknown) => ({ ...sampleManifest, compare });
const x = sampleGraph.inputs[0];
const feed = { dtype: 'uint8', axis: 1, scale: [1], offset: [0] };
const { decoder } = sampleGreedy;

describe('a manifest is refused', () => {
  it.each<[string, unknown, RegExp]>([
    ['that is no object', [], /malformed: expected an object/],
    ['of another format', { ...sampleManifest, format: 'x' }, /format: expected/],
    ['with a field more', { ...sampleManifest, more: 1 }, /unknown field "more"/],
    ['with a field less', { ...sampleManifest, cost: undefined }, /cost is missing/],
    ['of no shards', { ...sampleManifest, shards: [] }, /shards: expected 1 to/],
    ['of a graph too few', { ...sampleManifest, graphs: {} }, /graphs: expected 1 to 4/],
    ['of another graph', { ...sampleManifest, graphs: { encoder: sampleGraph } }, /has model/],
    ['of an unknown runner', { ...sampleManifest, runner: { kind: 'eval' } }, /runner\.kind/],
    ['of a runner with code', { ...sampleManifest, runner: { kind: 'graph', code: '' } }, /"code"/],
    ['with no skeleton', withGraph({ skeleton: [] }), /skeleton: expected 1/],
    [
      'whose range is beyond its shard',
      withGraph({ weights: [{ shard: 1, offset: 4000, bytes: 97 }] }),
      /weights\[0\]\.bytes: expected an integer from 1 to 96/,
    ],
    [
      'whose range is in no shard',
      withGraph({ weights: [{ shard: 2, offset: 0, bytes: 1 }] }),
      /weights\[0\]\.shard/,
    ],
    ['of two inputs of one name', withGraph({ inputs: [x, x] }), /there twice/],
    ['of an input of text', withGraph({ inputs: [{ ...x, dtype: 'string' }] }), /dtype/],
    ['of nine dimensions', withGraph({ inputs: [{ ...x, shape: new Array(9).fill(1) }] }), /shape/],
    ['of a negative length', withGraph({ inputs: [{ ...x, shape: [-1] }] }), /shape\[0\]/],
    ['with a feed of an output', withGraph({ outputs: [{ ...x, feed }] }), /feed: only an input/],
    [
      'with a feed of integers',
      withGraph({ inputs: [{ ...x, dtype: 'int32', feed }] }),
      /feed: only an input of float32/,
    ],
    [
      'with scales of no axis',
      withGraph({ inputs: [{ ...x, feed: { ...feed, scale: [1, 2] } }] }),
      /scale: expected one, or one for each/,
    ],
    [
      'that compares nothing',
      withCompare({ kind: 'close', outputs: {} }),
      /compare\.outputs: "y" is missing/,
    ],
    [
      'that compares what is not there',
      withCompare({ kind: 'argmax', output: 'z', axis: 0, collapse: true }),
      /compare\.output: expected the one output/,
    ],
    [
      'whose axis is none',
      withCompare({ kind: 'argmax', output: 'y', axis: 3, collapse: true }),
      /compare\.axis/,
    ],
    ['that wants floats equal', withCompare({ kind: 'equal', output: 'y' }), /expected integers/],
    [
      'of a cosine beyond 1',
      withCompare({ kind: 'close', outputs: { y: { absolute: 0, relative: 0, cosine: 2 } } }),
      /cosine/,
    ],
    [
      'of a cost of nothing',
      { ...sampleManifest, cost: { ...sampleManifest.cost, perRequest: 0 } },
      /cost/,
    ],
    [
      'of an example of no input',
      { ...sampleManifest, cost: { ...sampleManifest.cost, example: { z: [1] } } },
      /"?z"? is no input/,
    ],
    ['whose features are none', withRunner({ features: 'ids' }), /the one input of the encoder/],
    ['of too many tokens', withRunner({ tokensMax: limits.tokensMax + 1 }), /tokensMax/],
    ['of a negative token', withRunner({ suppress: [-1] }), /suppress\[0\]/],
    [
      'of a past that is none',
      withRunner({ decoder: { ...decoder, logits: 'gone' } }),
      /logits: names no port/,
    ],
    [
      'that feeds an input twice',
      withRunner({ decoder: { ...decoder, past: [decoder.past[0], decoder.past[0]] } }),
      /each input of the decoder once/,
    ],
    [
      'that compares a transcript by scores',
      { ...sampleTranscriber, compare: { kind: 'equal', output: 'scores' } },
      /expected integers/,
    ],
  ])('%s', (_, value, why) => {
    expect(() => parse(value)).toThrow(why);
  });

  it('that unfolds to more than a model may have', () => {
    const shards = [...sampleManifest.shards, { sha256: '3'.repeat(64), bytes: 4 << 20 }];
    const weights = new Array(129).fill({ shard: 2, offset: 0, bytes: 4 << 20 });
    const manifest = { ...withGraph({ weights }), shards };
    expect(() => parse(manifest)).toThrow(/graphs: .*modelBytesMax/);
  });

  it('beyond its size, or not JSON', () => {
    const large = new Uint8Array(limits.manifestBytesMax + 1);
    expect(() => parseAnyManifest(large)).toThrow(/manifestBytesMax/);
    expect(() => parseAnyManifest(utf8('{'))).toThrow(/not JSON/);
    expect(() => parseAnyManifest(utf8('null'))).toThrow(/expected an object/);
  });
});

it('any byte of it changed gives a manifest or an error of ours', () => {
  const whole = encode(sampleTranscriber);
  let refused = 0;
  for (let at = 0; at < whole.length; at++) {
    for (const byte of [0x22, 0x2d, 0x39, 0x7b, 0xff]) {
      const bytes = whole.slice();
      bytes[at] = byte;
      try {
        parseAnyManifest(bytes);
      } catch (thrown) {
        if (!(thrown instanceof IdlewildError)) throw thrown;
        refused++;
      }
    }
  }
  expect(refused).toBeGreaterThan(whole.length);
});

describe('a request costs', () => {
  const cost = (shape: number[], manifest: BoundedManifest = sampleManifest) =>
    boundedCost(manifest, { x: shape });

  it('what its example does, and more for each element more', () => {
    expect(cost([1, 3, 48, 320])).toBe(46_080_000);
    expect(cost([1, 3, 48, 640])).toBe(92_160_000);
    expect(cost([1, 3, 48, 1])).toBe(144_000);
  });

  it('no less than its share, below an example that attention made dear', () => {
    const dear = { ...sampleManifest, cost: { ...sampleManifest.cost, perElement: 3000 } };
    expect(cost([1, 3, 48, 160], dear)).toBe(23_040_000);
    expect(cost([1, 3, 48, 640], dear)).toBe(46_080_000 + 3000 * 46_080);
  });

  it('an integer from 1 to a limit, whatever the shape', () => {
    expect(cost([1, 3, 48, 0])).toBeGreaterThanOrEqual(1);
    expect(cost([1, 3, 2 ** 30, 2 ** 20])).toBe(limits.boundedCostMax);
  });

  it('the same where lengths are fixed', () => {
    const shapes = shapesOf({
      features: { dtype: 'float32', shape: [1, 80, 9], data: new Uint8Array(0) },
    });
    expect(boundedCost(sampleTranscriber, shapes)).toBe(40e9);
  });
});
