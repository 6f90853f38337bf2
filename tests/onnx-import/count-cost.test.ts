// Multiply-adds by the runtime's shapes: what the formulas say against sums by hand.
import { describe, expect, it } from 'vitest';
import { countCost, readProfile } from '#onnx-import/count-cost.ts';

const cost = (operator: string, inputs: number[][], outputs: number[][]) =>
  countCost([{ operator, inputs, outputs }]);

describe('a node costs', () => {
  it.each([
    // 16 channels of 24 by 160, each from 3 channels of 3 by 3.
    ['Conv', [[1, 3, 48, 320], [16, 3, 3, 3], [16]], [[1, 16, 24, 160]], 16 * 24 * 160 * 27],
    // One channel in, one out, in 16 groups.
    [
      'Conv',
      [
        [1, 16, 8, 8],
        [16, 1, 3, 3],
      ],
      [[1, 16, 8, 8]],
      16 * 64 * 9,
    ],
    [
      'ConvTranspose',
      [
        [1, 24, 8, 8],
        [24, 1, 2, 2],
      ],
      [[1, 1, 16, 16]],
      24 * 64 * 4,
    ],
    [
      'MatMul',
      [
        [1, 40, 120],
        [120, 97],
      ],
      [[1, 40, 97]],
      40 * 97 * 120,
    ],
    [
      'MatMulInteger',
      [
        [2, 5, 7],
        [7, 3],
      ],
      [[2, 5, 3]],
      2 * 5 * 3 * 7,
    ],
    [
      'Gemm',
      [
        [4, 8],
        [8, 3],
      ],
      [[4, 3]],
      4 * 3 * 8,
    ],
    // The first side transposed.
    [
      'Gemm',
      [
        [8, 4],
        [8, 3],
      ],
      [[4, 3]],
      4 * 3 * 8,
    ],
    // Ten steps of two rows: four gates of 6 from 5 and from 6.
    [
      'LSTM',
      [
        [10, 2, 5],
        [1, 24, 5],
        [1, 24, 6],
      ],
      [[10, 1, 2, 6]],
      10 * 2 * 24 * 11,
    ],
    ['Add', [[1, 40, 120], [120]], [[1, 40, 120]], 4800],
    ['ReduceMean', [[1, 40, 120]], [[1, 40, 1]], 4800],
    ['Unheard', [[]], [[]], 1],
    ['If', [[1]], [[1, 40, 120]], 0],
  ])('%s %j', (operator, inputs, outputs, expected) => {
    expect(cost(operator, inputs, outputs)).toBe(expected);
  });
});

it('reads the nodes of a profile, and nothing else', () => {
  const profile = [
    { cat: 'Session', name: 'model_run', args: {} },
    {
      cat: 'Node',
      name: 'a_kernel_time',
      args: {
        op_name: 'MatMul',
        input_type_shape: [{ float: [2, 3] }, { float: [3, 4] }],
        output_type_shape: [{ float: [2, 4] }],
      },
    },
  ];
  expect(readProfile(JSON.stringify(profile))).toEqual([
    {
      operator: 'MatMul',
      inputs: [
        [2, 3],
        [3, 4],
      ],
      outputs: [[2, 4]],
    },
  ]);
});
