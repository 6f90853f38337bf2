// Problems whose answers are known, asked of every variant of the kernels before it is used:
// drivers do miscompile integer code. The problems are made from seeds, their answers are digests
// that the oracle gave (tests/engine/known-answers.test.ts makes them again).
import { ATTENTION_BIAS_MAX, attentionScale } from '#model/architecture.ts';
import type { LinearWeights } from '#model/encoder.ts';
import { makeRandom } from '#model/synthetic.ts';
import { assert } from '#protocol/errors.ts';
import { type HeadKind, usualHead } from './kernels.ts';
import type { epilogues } from './passes.ts';

export interface LinearProblem {
  tokens: number;
  inputs: number;
  outputs: number;
  outliers: number;
  shift: number;
  epilogue: keyof typeof epilogues;
  /** Whether the inputs are unsigned. */
  isShifted: boolean;
  /**
   * Every input and weight at its limit or next to it: sums are as large as they get, and their
   * low bits are not all zero, or a float that is too narrow for them would go unnoticed.
   */
  isExtreme: boolean;
  /** First 16 hex digits of the sha256 of the outputs. */
  answer: string;
}

export interface AttentionProblem extends HeadKind {
  heads: number;
  lengths: number[];
  tokensMax: number;
  answer: string;
}

/** Queries and keys saturate here. */
const scoreInputMost = 2 ** 18 - 1;

const plain = { outliers: 0, isShifted: false, isExtreme: false } as const;

/** Odd shapes, both planes, the longest sums, every epilogue, values that saturate. */
export const linearProblems: LinearProblem[] = [
  {
    ...plain,
    tokens: 13,
    inputs: 48,
    outputs: 133,
    outliers: 20,
    shift: 34,
    epilogue: 'none',
    answer: '17fa1932c6722ec1',
  },
  {
    ...plain,
    tokens: 67,
    inputs: 176,
    outputs: 70,
    shift: 35,
    epilogue: 'gelu',
    answer: 'b5de03a7dd556265',
  },
  {
    ...plain,
    tokens: 3,
    inputs: 4096,
    outputs: 37,
    shift: 36,
    isShifted: true,
    isExtreme: true,
    epilogue: 'add',
    answer: 'e5aaab754e1fc9f1',
  },
  {
    ...plain,
    tokens: 9,
    inputs: 1024,
    outputs: 33,
    outliers: 64,
    shift: 36,
    isExtreme: true,
    epilogue: 'none',
    answer: '3836fb2c28c4028c',
  },
  {
    ...plain,
    tokens: 5,
    inputs: 1536,
    outputs: 20,
    shift: 28,
    isShifted: true,
    epilogue: 'add',
    answer: 'f26be4ad040df431',
  },
  {
    ...plain,
    tokens: 7,
    inputs: 64,
    outputs: 48,
    shift: 32,
    epilogue: 'tanh',
    answer: '1e1c06e23bba0458',
  },
];

/** Rows of one token and of many. */
const attentionRows = { heads: 3, lengths: [1, 37, 2], tokensMax: 41 };

/** Each kind of head is a pipeline of its own: this one is asked of every variant. */
export const usualAttention: AttentionProblem = {
  ...attentionRows,
  ...usualHead,
  answer: '4a2f60dde5c2be5c',
};

/** Of another kind of head, when a model that has it comes; the answers are fetched with the first. */
export async function attentionProblem(kind: HeadKind): Promise<AttentionProblem> {
  const { headWords, isBiased } = kind;
  const { attentionAnswers } = await import('./attention-answers.ts');
  const answers = attentionAnswers[headWords - 1];
  assert(answers !== undefined, `no known answer for attention with ${headWords} words a head`);
  return { ...attentionRows, headWords, isBiased, answer: answers[isBiased ? 1 : 0] };
}

/** A quantized row as the oracle holds it: outliers reach ±16256. */
interface InputRow {
  q: Int32Array;
  m: number;
  e: number;
}

/** @returns weights, rows of inputs, and what `add` adds to: Q12 [tokens, outputs] */
export function makeLinearProblem(problem: LinearProblem) {
  const { tokens, inputs, outputs, outliers, shift, isShifted, isExtreme } = problem;
  const random = makeRandom(tokens + inputs);
  const signed = (most: number) => random(2 * most + 1) - most;
  const columns = Uint16Array.from({ length: outliers }, (_, index) =>
    Math.floor((index * inputs) / outliers),
  );
  const weights: LinearWeights = {
    inputs,
    outputs,
    shift,
    weight: Int8Array.from({ length: inputs * outputs }, (_, at) => {
      if (isExtreme) return (127 - random(2)) * (Math.floor(at / inputs) % 2 === 0 ? 1 : -1);
      return signed(127);
    }),
    scale: Uint16Array.from({ length: outputs }, () => 32768 + random(32768)),
    bias: Int32Array.from({ length: outputs }, () => signed(10_000)),
    outliers: columns,
  };
  const most = isShifted ? 255 : 127;
  const rows = Array.from({ length: tokens }, (): InputRow => {
    const q = Int32Array.from({ length: inputs }, () => {
      if (isExtreme) return most - random(2);
      return isShifted ? random(256) : signed(127);
    });
    for (const column of columns) q[column] = isExtreme ? 16256 : signed(16256);
    return { q, m: 32768 + random(32768), e: random(6) - 4 };
  });
  const present = Int32Array.from({ length: tokens * outputs }, () => signed(2 ** 21 - 1));
  return { weights, rows, present };
}

/**
 * Queries, keys and values of each token, Q12, peaked at every third key; in the last row scores
 * lie at both ends of their range. And biases, at the ends of their range or next to zero, which
 * must change nothing where the problem has none.
 */
export function makeAttentionProblem(problem: AttentionProblem) {
  const { heads, headWords, lengths, tokensMax } = problem;
  const random = makeRandom(headWords);
  const hiddenSize = 4 * headWords * heads;
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const qkv = Array.from({ length: tokens }, (_, token) => {
    const most = 2 ** (10 + random(12));
    const row = Int32Array.from({ length: 3 * hiddenSize }, () => random(2 * most) - most);
    if (token % 3 === 0) row.copyWithin(hiddenSize, 0, hiddenSize);
    if (token >= tokens - 2) row.fill(scoreInputMost, 0, 2 * hiddenSize);
    if (token === tokens - 1) row.fill(-scoreInputMost, hiddenSize, 2 * hiddenSize);
    return row;
  });
  const bias = Int32Array.from({ length: heads * (2 * tokensMax - 1) }, (_, at) =>
    at % 11 === 0 ? ATTENTION_BIAS_MAX * (random(2) ? 1 : -1) : random(2 ** 16) - 2 ** 15,
  );
  return { qkv, hiddenSize, tokens, attention: attentionScale(4 * headWords), bias };
}
