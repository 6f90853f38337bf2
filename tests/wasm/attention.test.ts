// assembly/attention.ts, heads.ts and softmax.ts against the oracle: odd lengths, every kind of head,
// scales that differ from token to token, biases, and the longest row.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ATTENTION_BIAS_MAX, attentionScale } from '#model/architecture.ts';
import { makeRandom, syntheticConfig } from '#model/synthetic.ts';
import { makeExp2Table } from '#model/tables.ts';
import { attend } from '#reference/attention.ts';
import { makeExponentials } from '#wasm/place-weights.ts';
import { activationKinds, makeActivations, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});

interface Bias {
  tokensMax: number;
  /** [heads, 2 · tokensMax - 1] */
  bias: Int32Array;
}

/** One row through the kernel; the bias lies at the end of what may be read. */
function runAttention(qkv: Int32Array[], heads: number, biased?: Bias): Int32Array[] {
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
    biased ? bench.put(biased.bias) : 0,
    biased?.tokensMax ?? tokens,
    bench.put(makeExponentials()),
    bench.place(kernels.attentionScratchBytes(tokens, hiddenSize / heads)),
    context,
  );
  const rows = qkv.map((_, token) => bench.words(context + 4 * token * hiddenSize, hiddenSize));
  bench.clear();
  return rows;
}

function expectAttention(qkv: Int32Array[], heads: number, biased?: Bias) {
  const hiddenSize = qkv[0].length / 3;
  const attention = attentionScale(hiddenSize / heads);
  const tokensMax = biased?.tokensMax ?? qkv.length;
  const config = { ...syntheticConfig, hiddenSize, heads, tokensMax };
  const tables = { attention, exp2: makeExp2Table(), bias: biased?.bias ?? null };
  const actual = runAttention(qkv, heads, biased);
  attend(qkv, config, tables).forEach((row, token) => {
    expect(actual[token], `token ${token}`).toEqual(row);
  });
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
    [68, 1],
    [272, 4],
    [256, 2],
    [400, 2],
    [512, 2],
    [1024, 4],
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

  test.each([
    ['within reach', 2 ** 7],
    ['beyond one shift', 2 ** 17],
  ])('heads whose sizes lie far apart, %s', (_, ratio) => {
    const random = makeRandom(ratio);
    const sizes = [2 ** 21 - 1, 2 ** 21 / ratio, 2 ** 21 / ratio + 1];
    const rows = Array.from({ length: 21 }, (_, token) => {
      const size = sizes[token % 3];
      return Int32Array.from({ length: 192 }, () => random(2 * size + 1) - size);
    });
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

  test.each([64, 68, 128, 252, 256])('scores at both ends of their range, heads of %i', (size) => {
    const far = 2 ** 18 - 1;
    const random = makeRandom(size);
    const keys = [far, -far, far - 9, 1, -far, 0, far];
    const qkv = keys.map((key, token) =>
      Int32Array.from({ length: 3 * size }, (_, at) => {
        if (at < size) return token % 2 ? -far : far;
        return at < 2 * size ? key : random(60_001) - 30_000;
      }),
    );
    expectAttention(qkv, 1);
    for (const most of [ATTENTION_BIAS_MAX, -ATTENTION_BIAS_MAX]) {
      const bias = Int32Array.from({ length: 13 }, (_, at) => (at % 3 ? most : -most));
      expectAttention(qkv, 1, { tokensMax: 7, bias });
    }
  });
});

/** The loudest dots there are, with keys whose exponents lie so far apart that one shift is used. */
test.each([2 ** 7, 2 ** 8, 2 ** 9, 2 ** 10])(
  'heads of 256, keys up to %i times as large',
  (ratio) => {
    const far = 2 ** 18 - 1;
    const random = makeRandom(ratio);
    const qkv = [far, far / ratio, -far, 1 - far / ratio, far].map((key, token) =>
      Int32Array.from({ length: 768 }, (_, at) => {
        if (at < 256) return (token % 2 ? -1 : 1) * (far >> token);
        return at < 512 ? key : random(60_001) - 30_000;
      }),
    );
    expectAttention(qkv, 1);
  },
);

describe('attendRow with a bias', () => {
  const makeBias = (heads: number, tokensMax: number, most: number): Bias => {
    const random = makeRandom(heads + tokensMax + most);
    const bias = Int32Array.from({ length: heads * (2 * tokensMax - 1) }, () =>
      random(4) === 0 ? most * (random(2) ? 1 : -1) : random(2 * most + 1) - most,
    );
    return { tokensMax, bias };
  };

  test.each([1, 2, 3, 4, 5, 7, 8, 9, 31, 33])('%i tokens, of as many and of more', (tokens) => {
    for (const most of [60_000, ATTENTION_BIAS_MAX]) {
      const rows = makeMixed(tokens, 64, tokens);
      expectAttention(rows, 2, makeBias(2, tokens, most));
      expectAttention(rows, 2, makeBias(2, tokens + 6, most));
    }
  });

  test('keys whose sizes lie too far apart for one shift', () => {
    const random = makeRandom(5);
    const rows = Array.from({ length: 21 }, (_, token) => {
      const size = [2 ** 21 - 1, 16, 17][token % 3];
      return Int32Array.from({ length: 192 }, () => random(2 * size + 1) - size);
    });
    expectAttention(rows, 2, makeBias(2, 21, 200_000));
  });

  test('a last key that outdoes all others is not met again where keys are padded', () => {
    const length = 5;
    const rows = Array.from({ length }, (_, token) =>
      Int32Array.from({ length: 96 }, () => (token === length - 1 ? 90_000 : 40 * token - 90)),
    );
    const falling = Int32Array.from({ length: 2 * length - 1 }, (_, at) => -1_000_000 * at);
    expectAttention(rows, 1, { tokensMax: length, bias: falling });
  });

  test('the longest row, 512 tokens, heads of 256', () => {
    const random = makeRandom(512);
    const rows = Array.from({ length: 512 }, (_, token) =>
      makeActivations((['real', 'small'] as const)[token % 2], 768, random),
    );
    expectAttention(rows, 1, makeBias(1, 512, 60_000));
  });
});

interface Known {
  heads: number;
  tokensMax: number;
  bias: number[];
  qkv: number[][];
  context: number[][];
}

test('the known answers of primitives.json', () => {
  const file = path.resolve(import.meta.dirname, '../vectors/primitives.json');
  const { attention } = JSON.parse(readFileSync(file, 'utf8')) as { attention: Known[] };
  for (const { heads, tokensMax, bias, qkv, context } of attention) {
    const rows = qkv.map((row) => Int32Array.from(row));
    const biased = { tokensMax, bias: Int32Array.from(bias) };
    const expected = context.map((row) => Int32Array.from(row));
    expect(runAttention(rows, heads, biased)).toEqual(expected);
  }
});
