// Scores at the ends of their range, for every head size that the norm allows (section 7), and the
// bias by distance.
import { describe, expect, test } from 'vitest';
import { ATTENTION_BIAS_MAX, attentionScale } from '#model/architecture.ts';
import { syntheticConfig } from '#model/synthetic.ts';
import { makeExp2Table } from '#model/tables.ts';
import { multiplyHigh, requantize, SCORE_INPUT_MAX } from '#reference/arithmetic.ts';
import { attend } from '#reference/attention.ts';
import { quantizeRow } from '#reference/rows.ts';

const exp2 = makeExp2Table();

test('the farthest score stays in i32, the farthest difference in u32', () => {
  for (let size = 4; size <= 256; size += 4) {
    const attention = attentionScale(size);
    expect(attention.shift >= 40 && attention.shift <= 43).toBe(true);
    expect(attention.mantissa >= 2 ** 15 && attention.mantissa < 2 ** 16).toBe(true);
    const { q, m, e } = quantizeRow(new Int32Array(size).fill(SCORE_INPUT_MAX));
    const scale = multiplyHigh(multiplyHigh(m, attention.mantissa), m);
    const dot = q.reduce((sum, value) => sum + value * value, 0);
    const score = requantize(dot, scale, attention.shift - 32 - 2 * e);
    const bound = Math.sqrt(size) * 2 ** 26 * Math.LOG2E * 1.001 + 1;
    expect(score).toBeLessThan(bound);
    expect(score).toBeGreaterThan(0.999 * Math.sqrt(size) * 2 ** 26 * Math.LOG2E);
    expect(bound + ATTENTION_BIAS_MAX).toBeLessThan(size > 64 ? 2 ** 31 : 2 ** 30);
  }
});

describe('the bias', () => {
  const config = { ...syntheticConfig, hiddenSize: 8, heads: 2, tokensMax: 4 };
  const attention = attentionScale(4);
  /** Equal keys, and a value of its own for each token. */
  const qkv = [4096, 8192, 16384].map((value) =>
    Int32Array.from({ length: 24 }, (_, d) => (d < 16 ? 500 : value)),
  );
  const bias = new Int32Array(2 * 7);

  test('of zeros changes nothing, and leaves the mean of the values', () => {
    const plain = attend(qkv, config, { attention, exp2 });
    expect(attend(qkv, config, { attention, exp2, bias })).toEqual(plain);
    expect(Math.abs(plain[0][0] - 28672 / 3)).toBeLessThan(60);
  });

  test('stands at key - query + tokensMax - 1 of its head', () => {
    const shifted = bias.slice();
    // Head 0 looks one token ahead, head 1 one behind; where there is none, at all alike.
    shifted[0 * 7 + 3 + 1] = ATTENTION_BIAS_MAX;
    shifted[1 * 7 + 3 - 1] = ATTENTION_BIAS_MAX;
    const context = attend(qkv, config, { attention, exp2, bias: shifted });
    const near = (value: number, expected: number) =>
      expect(Math.abs(value - expected)).toBeLessThan(expected / 100);
    near(context[0][0], 8192);
    near(context[1][0], 16384);
    near(context[2][0], 28672 / 3);
    near(context[0][4], 28672 / 3);
    near(context[1][4], 4096);
    near(context[2][4], 8192);
  });
});
