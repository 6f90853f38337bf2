// Every rule by which a greedy decoder takes its next token, one at a time, on a small vocabulary:
// words 0 to 5, the end 6, a task 7, "no times" 8, times 10 to 19.
import { describe, expect, test } from 'vitest';
import { chooseAmong, chooseToken, probabilityOf, type TokenRules } from '#onnx/token-rules.ts';
import { IdlewildError } from '#protocol/errors.ts';

const vocabulary = 20;
const rules: TokenRules = {
  endToken: 6,
  suppress: [7],
  beginSuppress: [0, 6],
  timestamps: { begin: 10, none: 8, initialMax: 3 },
};
const plain: TokenRules = { ...rules, timestamps: null };

/** Logits of 0, but for those named. */
function logits(named: Record<number, number>): Float32Array {
  const values = new Float32Array(vocabulary);
  for (const [token, value] of Object.entries(named)) values[Number(token)] = value;
  return values;
}

const choose = (named: Record<number, number>, generated: number[], by: TokenRules = rules) =>
  chooseToken(logits(named), generated, by).token;

describe('without times', () => {
  test('the likeliest is taken, of equals the first', () => {
    expect(choose({ 3: 2, 4: 5 }, [1], plain)).toBe(4);
    expect(choose({ 3: 5, 4: 5 }, [1], plain)).toBe(3);
  });

  test('what is suppressed never is, what is suppressed at the begin only there', () => {
    expect(choose({ 7: 9, 2: 1 }, [1], plain)).toBe(2);
    expect(choose({ 6: 9, 0: 8, 2: 1 }, [], plain)).toBe(2);
    expect(choose({ 6: 9, 0: 8, 2: 1 }, [1], plain)).toBe(6);
  });

  test('its probability is its share of what was allowed', () => {
    const values = logits({ 4: Math.log(19), 7: 50 });
    const { token, logProbability } = chooseToken(values, [1], plain);
    expect(token).toBe(4);
    // 19 parts against 18 tokens of one part each: 20, less itself, less the suppressed one.
    expect(Math.exp(logProbability)).toBeCloseTo(19 / 37, 6);
    expect(values[7]).toBe(50);
  });
});

describe('with times', () => {
  test('a time comes first, and not too late', () => {
    expect(choose({ 3: 9, 12: 1 }, [])).toBe(12);
    expect(choose({ 14: 9, 13: 1 }, [])).toBe(13);
  });

  test('after the opening time comes text', () => {
    expect(choose({ 15: 9, 3: 1 }, [10])).toBe(3);
  });

  test('after a time that closed text comes a time or the end, never text', () => {
    expect(choose({ 3: 9, 14: 1 }, [10, 3, 14])).toBe(14);
    expect(choose({ 3: 9, 6: 5 }, [10, 3, 14])).toBe(6);
  });

  test('after a pair comes text', () => {
    expect(choose({ 15: 9, 3: 1 }, [10, 3, 14, 14])).toBe(3);
  });

  test('times never fall: the next segment may begin where the last ended, and end later', () => {
    expect(choose({ 13: 9, 14: 8 }, [10, 3, 14])).toBe(14);
    expect(choose({ 14: 9, 15: 8 }, [10, 3, 14, 14, 2])).toBe(15);
  });

  test('"no times" is never said', () => {
    expect(choose({ 8: 9, 3: 5 }, [10, 2])).toBe(3);
  });

  test('all times together outweigh a word that outweighs each of them', () => {
    const times = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [11 + i, 4]));
    expect(choose({ ...times, 3: 5 }, [10, 2])).toBe(11);
    expect(choose({ 11: 4, 3: 5 }, [10, 2])).toBe(3);
  });
});

describe('other questions', () => {
  test('the likeliest of a few', () => {
    expect(chooseAmong(logits({ 2: 9, 4: 1, 5: 3 }), Int32Array.of(4, 5))).toBe(5);
  });

  test('the probability of one among all', () => {
    expect(probabilityOf(logits({ 4: Math.log(81) }), 4)).toBeCloseTo(0.81, 6);
  });

  test('logits that are no numbers are refused', () => {
    const broken = new Float32Array(vocabulary).fill(Number.NaN);
    for (const ask of [() => chooseToken(broken, [1], plain), () => chooseAmong(broken, [1, 2])]) {
      expect(ask).toThrow(IdlewildError);
      expect(ask).toThrow(/no finite logit/);
    }
  });
});
