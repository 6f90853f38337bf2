// What the comparison promises by its threshold T, over a hundred thousand units: honest results are
// never parted, and a result 2 T or more from the truth never passes for one.
import { expect, test } from 'vitest';
import { floats, playUnit, within } from './bounded-world.ts';

const threshold = 1 / 64;
const elements = 8;

/** xorshift32, so that a failure replays. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** float32's own rounding of an output that lies on the edge; values are below 2. */
const rounding = 2 ** -24;

const honest = (truth: readonly number[], random: () => number) =>
  floats(
    truth.map((value) => {
      const reach = threshold / 2 - rounding;
      // Half of them as far as honesty goes.
      const error = random() < 0.5 ? Math.sign(random() - 0.5) * reach : (2 * random() - 1) * reach;
      return value + error;
    }),
  );

test('two honest results are never parted, in 100,000 units', () => {
  const random = makeRandom(1);
  for (let unit = 0; unit < 100_000; unit++) {
    const truth = Array.from({ length: elements }, () => 2 * random() - 1);
    let count = 0;
    const played = playUnit(within(threshold), floats(truth), () => ({
      account: `honest ${count++}`,
      output: honest(truth, random),
    }));
    if (played.rejected.length > 0 || played.computed !== 2) {
      throw new Error(`unit ${unit}: ${JSON.stringify(played)}`);
    }
  }
});

test('a result 2 T from the truth never passes for an honest one, in 100,000 units', () => {
  const random = makeRandom(2);
  let arbitrated = 0;
  for (let unit = 0; unit < 100_000; unit++) {
    const truth = Array.from({ length: elements }, () => 2 * random() - 1);
    // Each liar by itself: up or down, or in another element.
    const lies = [1, -1, 1].map((sign, index) => {
      const far = sign * ((2 + random()) * threshold + rounding);
      const at = index === 2 ? 1 : 0;
      return floats(truth.map((value, i) => (i === at ? value + far : value)));
    });
    let count = 0;
    const played = playUnit(within(threshold), floats(truth), () => {
      const liar = random() < 1 / 3;
      const output = liar ? lies[count] : honest(truth, random);
      return { account: `${liar ? 'liar' : 'honest'} ${count++}`, output };
    });
    const paid = played.accepted.some((name) => name.startsWith('liar'));
    const wronged = played.rejected.some((name) => name.startsWith('honest'));
    if (paid || wronged) throw new Error(`unit ${unit}: ${JSON.stringify(played)}`);
    if (played.computed === 4) arbitrated++;
  }
  // Two liars or three among the first three: 7 in 27.
  expect(arbitrated).toBeGreaterThan(24_000);
});

test('two who tell one lie agree: what replication cannot see', () => {
  let count = 0;
  const played = playUnit(within(0.1), floats([0]), () => ({
    account: `${count++}`,
    output: floats([1]),
  }));
  expect(played.accepted).toEqual(['0', '1']);
});

test('three who differ are decided by the coordinator', () => {
  const outputs = [0, 1, 2].map((value) => floats([value, 0]));
  let count = 0;
  const played = playUnit(within(0.1), floats([2.05, 0]), () => ({
    account: `${count}`,
    output: outputs[count++],
  }));
  expect(played).toEqual({ accepted: ['2'], rejected: ['0', '1'], source: '2', computed: 4 });
});

test('the third decides between two who differ, and all who agree with it are accepted', () => {
  const outputs = [0, 0.15, 0.08].map((value) => floats([value]));
  let count = 0;
  const played = playUnit(within(0.1), floats([0]), () => ({
    account: `${count}`,
    output: outputs[count++],
  }));
  expect(played).toEqual({ accepted: ['0', '1', '2'], rejected: [], source: '2', computed: 3 });
});
