// assembly/attention.ts, heads.ts and softmax.ts against the oracle: odd lengths, every kind of head,
// scales that differ from token to token, and the longest row.
import { beforeAll, describe, expect, test } from 'vitest';
import { attentionScale } from '#model/architecture.ts';
import { makeRandom, syntheticConfig } from '#model/synthetic.ts';
import { makeExp2Table } from '#model/tables.ts';
import { attend } from '#reference/attention.ts';
import { makeExp2Pairs } from '#wasm/place-weights.ts';
import { activationKinds, makeActivations, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});

function expectAttention(qkv: Int32Array[], heads: number) {
  const tokens = qkv.length;
  const hiddenSize = qkv[0].length / 3;
  const attention = attentionScale(hiddenSize / heads);
  const { kernels } = bench;
  const context = bench.place(4 * tokens * hiddenSize);
  kernels.attendRow(
    bench.put(Int32Array.from(qkv.flatMap((row) => [...row]))),
    tokens,
    hiddenSize,
    heads,
    attention.mantissa,
    attention.shift,
    bench.put(makeExp2Pairs()),
    bench.place(kernels.attentionScratchBytes(tokens, hiddenSize / heads)),
    context,
  );
  const config = { ...syntheticConfig, hiddenSize, heads };
  const expected = attend(qkv, config, { attention, exp2: makeExp2Table() });
  expected.forEach((row, token) => {
    const actual = bench.words(context + 4 * token * hiddenSize, hiddenSize);
    expect(actual, `token ${token}`).toEqual(row);
  });
  bench.clear();
}

/** Token by token another kind, so that one softmax meets several scales. */
function makeMixed(tokens: number, hiddenSize: number, seed: number): Int32Array[] {
  const random = makeRandom(seed);
  return Array.from({ length: tokens }, () => {
    const kind = activationKinds[random(activationKinds.length)];
    return makeActivations(kind, 3 * hiddenSize, random);
  });
}

describe('attendRow', () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 9, 31, 33])('%i tokens, two heads of 32', (tokens) => {
    const random = makeRandom(tokens);
    const rows = Array.from({ length: tokens }, () => makeActivations('real', 192, random));
    expectAttention(rows, 2);
    expectAttention(makeMixed(tokens, 64, tokens + 1), 2);
  });

  test.each([
    [48, 12],
    [16, 2],
    [48, 4],
    [48, 3],
    [80, 4],
    [144, 4],
    [64, 1],
    [240, 4],
  ])('a hidden size of %i in %i heads', (hiddenSize, heads) => {
    expectAttention(makeMixed(13, hiddenSize, hiddenSize), heads);
    const random = makeRandom(heads);
    const rows = Array.from({ length: 6 }, () => makeActivations('small', 3 * hiddenSize, random));
    expectAttention(rows, heads);
  });

  test.each(activationKinds)('all tokens %s', (kind) => {
    const random = makeRandom(3);
    const rows = Array.from({ length: 10 }, () => makeActivations(kind, 192, random));
    expectAttention(rows, 2);
  });

  test('the longest row, 512 tokens', () => {
    const random = makeRandom(512);
    const kinds = ['real', 'small', 'any'] as const;
    const rows = Array.from({ length: 512 }, (_, token) =>
      makeActivations(kinds[token % 3], 96, random),
    );
    expectAttention(rows, 1);
  });

  test('512 equal tokens: the widest denominator', () => {
    const one = makeActivations('greatest', 48, makeRandom(1));
    expectAttention(Array(512).fill(one), 1);
  });
});
