// Known answers for each primitive of the norm, made from the oracle: inputs that meet every shift,
// every branch and every edge.
import { ATTENTION_BIAS_MAX, attentionScale } from '#model/architecture.ts';
import type { NormWeights } from '#model/encoder.ts';
import { makeRandom, syntheticConfig } from '#model/synthetic.ts';
import { makeExp2Table, makeGeluTable, makeTanhTable } from '#model/tables.ts';
import {
  exp2,
  gelu,
  multiplyHigh,
  normalize,
  requantize,
  roundedSquareRoot,
  SCORE_INPUT_MAX,
  tanh,
} from '#reference/arithmetic.ts';
import { attend } from '#reference/attention.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { normalizeRow, quantizeRow, quantizeShiftedRow } from '#reference/rows.ts';

const random = makeRandom(2026);
const int32 = () => random(2 ** 32) - 2 ** 31;
const signed = (max: number) => random(2 * max + 1) - max;
const list = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));
const edges = [0, 1, 63, 64, 65, 16383, 16384, 32767, 32768, 65535, 65536, 2 ** 21 - 1];

function requantizations() {
  const fits = (value: number) => value >= -(2 ** 31) && value < 2 ** 31;
  const words = [-(2 ** 31), -65537, -1, 0, 1, 65535, 2 ** 31 - 1];
  return list(48, (i) => i + 1).flatMap((s) =>
    [...words, int32(), int32()].flatMap((x) =>
      [1, 32768, 65535, random(65536)]
        .map((m) => [x, m, s, requantize(x, m, s)])
        .filter(([, , , result]) => fits(result)),
    ),
  );
}

function norms() {
  const weights = (n: number, shift: number): NormWeights => ({
    gamma: Int32Array.from(list(n, (k) => (k % 5 === 2 ? -random(65536) : random(65536)))),
    shift,
    beta: Int32Array.from(list(n, () => signed(8192))),
  });
  const rows: [number[], number][] = [
    [list(16, () => signed(2 ** 21 - 1)), 24],
    [list(16, () => signed(3)), 24],
    [list(16, () => 7), 24],
    [list(16, (k) => (k === 5 ? 2 ** 21 - 1 : -(2 ** 21) + 1)), 20],
    [list(16, (k) => (k === 5 ? 1 : 0)), 12],
    [list(48, () => signed(40_000)), 26],
    [list(1024, () => signed(2 ** 21 - 1)), 24],
  ];
  return rows.map(([x, shift]) => {
    const norm = weights(x.length, shift);
    const y = normalizeRow(Int32Array.from(x), norm);
    return { x, gamma: [...norm.gamma], shift, beta: [...norm.beta], y: [...y] };
  });
}

function quantizations() {
  const rows: [number[], number[]][] = [
    [list(16, () => signed(2 ** 21 - 1)), []],
    [list(16, () => signed(5)), []],
    [list(16, () => 0), []],
    [list(16, (k) => (k === 3 ? -(2 ** 21) + 1 : 1)), []],
    [list(16, (k) => (k === 3 ? -(2 ** 21) + 1 : signed(9))), [0, 3, 8, 9]],
    [list(16, () => signed(30_000)), [1, 2, 3, 15]],
    [list(16, (k) => (k < 4 ? 128 : 1)), [0, 1, 2, 3]],
  ];
  return rows.map(([x, outliers]) => {
    const { q, m, e } = quantizeRow(Int32Array.from(x), Uint16Array.from(outliers));
    return { x, outliers, q: [...q], m, e };
  });
}

function shiftedQuantizations() {
  const rows = [
    list(16, () => random(200_000) - 696),
    list(16, () => -696),
    list(16, (k) => (k === 4 ? 2 ** 21 - 1 : -random(697))),
    list(16, () => random(5) - 2),
  ];
  return rows.map((x) => {
    const { q, m, e } = quantizeShiftedRow(Int32Array.from(x));
    return { x, q: [...q], m, e };
  });
}

function deliveries() {
  const rows = [
    [0, 0, 0],
    [1, 0],
    [3, -4],
    list(8, () => signed(2 ** 28)),
    list(384, () => signed(99_999)),
  ];
  return rows.map((sums) => {
    const vector = toUnitVector(Int32Array.from(sums));
    return { sums, float32: [...new Uint32Array(vector.buffer)] };
  });
}

/** The farthest scores that there are: their difference needs all of u32, and a bias turns it. */
function attentions() {
  const far = SCORE_INPUT_MAX;
  const cases = [
    { heads: 1, hiddenSize: 256, keys: [far, -far, 0], loudest: false },
    { heads: 1, hiddenSize: 256, keys: [far, -far, far - 9], loudest: true },
    { heads: 2, hiddenSize: 128, keys: [-far, far, 3], loudest: true },
  ];
  return cases.map(({ heads, hiddenSize, keys, loudest }) => {
    const tokensMax = keys.length;
    const most = loudest ? ATTENTION_BIAS_MAX : 40_000;
    const bias = list(heads * (2 * tokensMax - 1), (i) => [-most, most, signed(most)][i % 3]);
    const qkv = keys.map((key, token) => [
      ...list(hiddenSize, () => (token === 1 ? -far : far)),
      ...list(hiddenSize, () => key),
      ...list(hiddenSize, () => signed(30_000)),
    ]);
    const context = attend(
      qkv.map((row) => Int32Array.from(row)),
      { ...syntheticConfig, hiddenSize, heads, tokensMax },
      {
        attention: attentionScale(hiddenSize / heads),
        exp2: makeExp2Table(),
        bias: Int32Array.from(bias),
      },
    );
    return { heads, tokensMax, bias, qkv, context: context.map((row) => [...row]) };
  });
}

/** Each array is inputs followed by the result, in the order of the norm's signature. */
export function makePrimitives() {
  const exp2Table = makeExp2Table();
  const geluTable = makeGeluTable();
  const tanhTable = makeTanhTable();
  const words = [
    ...edges.slice(1),
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    ...list(64, () => 1 + random(2 ** 32 - 1)),
  ];
  const fractions = [
    ...edges,
    24 * 16384 - 1,
    24 * 16384,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    ...list(200, () => random(25 * 16384)),
  ];
  const activations = [...edges, ...list(200, () => random(40_000))].flatMap((x) => [x, -x]);
  return {
    rq: requantizations(),
    normalize: words.map((a) => [a, normalize(a).m, normalize(a).e]),
    mulhi: list(64, () => [random(65536), random(65536)]).map(([a, b]) => [
      a,
      b,
      multiplyHigh(a, b),
    ]),
    isqrt: [0, ...words].map((x) => [x, roundedSquareRoot(x)]),
    exp2: fractions.map((f) => [f, exp2(f, exp2Table)]),
    gelu: activations.map((x) => [x, gelu(x, geluTable)]),
    symmetric: quantizations(),
    shifted: shiftedQuantizations(),
    norm: norms(),
    delivery: deliveries(),
    tanh: activations.map((x) => [x, tanh(x, tanhTable)]),
    attention: attentions(),
  };
}
