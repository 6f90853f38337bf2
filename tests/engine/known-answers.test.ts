// The digests that src/engine/known-answers.ts holds are what the oracle gives for its problems.
import { describe, expect, test } from 'vitest';
import { answerDigest } from '#engine/check-variant.ts';
import { usualHead } from '#engine/kernels.ts';
import {
  attentionProblem,
  linearProblems,
  makeAttentionProblem,
  makeLinearProblem,
  usualAttention,
} from '#engine/known-answers.ts';
import { syntheticConfig } from '#model/synthetic.ts';
import { makeExp2Table, makeGeluTable, makeTanhTable } from '#model/tables.ts';
import { gelu, tanh } from '#reference/arithmetic.ts';
import { attend } from '#reference/attention.ts';
import { addRows, linear } from '#reference/rows.ts';

const geluTable = makeGeluTable();
const tanhTable = makeTanhTable();
const exp2 = makeExp2Table();

/** Head sizes of 4 to 256: all that the norm allows. */
const headWords = Array.from({ length: 64 }, (_, index) => 1 + index);
const kinds = [false, true].flatMap((isBiased) =>
  headWords.map((words) => ({ headWords: words, isBiased })),
);

function concatenate(rows: Int32Array[]): Int32Array<ArrayBuffer> {
  return Int32Array.from(rows.flatMap((row) => [...row]));
}

describe('the oracle gives the known answers', () => {
  test.each(linearProblems)('linear $tokens×$inputs×$outputs, $epilogue', (problem) => {
    const { weights, rows, present } = makeLinearProblem(problem);
    const outputs = rows.map((row, token) => {
      const y = linear(row, weights);
      if (problem.epilogue === 'gelu') return y.map((value) => gelu(value, geluTable));
      if (problem.epilogue === 'tanh') return y.map((value) => tanh(value, tanhTable));
      const before = present.subarray(token * y.length, (token + 1) * y.length);
      return problem.epilogue === 'add' ? addRows(before, y) : y;
    });
    expect(answerDigest(concatenate(outputs))).toBe(problem.answer);
  });

  test.each(kinds)('attention, $headWords words a head, biased: $isBiased', async (kind) => {
    const problem = await attentionProblem(kind);
    const { qkv, hiddenSize, attention, bias } = makeAttentionProblem(problem);
    const { heads, tokensMax } = problem;
    const config = { ...syntheticConfig, hiddenSize, heads, tokensMax };
    const tables = { attention, exp2, bias: kind.isBiased ? bias : null };
    const outputs: Int32Array[] = [];
    let start = 0;
    for (const length of problem.lengths) {
      outputs.push(...attend(qkv.slice(start, start + length), config, tables));
      start += length;
    }
    expect(answerDigest(concatenate(outputs))).toBe(problem.answer);
  });

  test('the usual kind of head is answered without the list of all', async () => {
    expect(usualAttention).toEqual(await attentionProblem(usualHead));
  });
});
