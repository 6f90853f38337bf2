// Copies of hidden units: the floats compute what they did, and the weight that stands out is shared.
import { expect, test } from 'vitest';
import type { BertTensors, FloatLinear } from '#model/bert-tensors.ts';
import { splitUnits } from '#model/split-units.ts';
import { makeRandom } from '#model/synthetic.ts';

const [hidden, units] = [16, 32];
const random = makeRandom(3);
const values = (count: number) => Float32Array.from({ length: count }, () => random(2001) - 1000);
const up: FloatLinear = { weight: values(units * hidden), bias: values(units) };
const down: FloatLinear = { weight: values(hidden * units), bias: values(hidden) };
// Output 3 hangs on unit 7, with nine times the largest of the others.
down.weight[3 * units + 7] = 9000;
const norm = { gamma: new Float32Array(hidden).fill(1), beta: new Float32Array(hidden) };

function split(intermediateSize = units) {
  const tensors = {
    linear: (_: number, part: string) => (part === 'up' ? up : down),
    norm: () => norm,
  } as unknown as BertTensors;
  const config = { hiddenSize: hidden, intermediateSize } as Parameters<
    typeof splitUnits
  >[0]['config'];
  return splitUnits({ tensors, config });
}

const apply = ({ weight, bias }: FloatLinear, x: Float64Array) =>
  Float64Array.from(bias, (b, n) =>
    x.reduce((sum, value, k) => sum + value * weight[n * x.length + k], b),
  );

test('sixteen more units, and the same function', () => {
  const { tensors, config } = split();
  expect(config.intermediateSize).toBe(units + 16);
  const x = Float64Array.from(values(hidden));
  const run = (first: FloatLinear, second: FloatLinear) =>
    apply(
      second,
      apply(first, x).map((value) => Math.max(value, 0)),
    );
  const [wanted, found] = [run(up, down), run(tensors.linear(0, 'up'), tensors.linear(0, 'down'))];
  const most = Math.max(...wanted.map(Math.abs));
  for (const [n, value] of wanted.entries()) {
    expect(Math.abs(found[n] - value) / most).toBeLessThan(1e-6);
  }
});

test('the weight that stands out is shared among most copies', () => {
  const { weight } = split().tensors.linear(0, 'down');
  const row = weight.subarray(3 * (units + 16), 4 * (units + 16));
  expect(Math.max(...row.map(Math.abs))).toBeLessThan(9000 / 4);
});

test('a model of the widest kind stays as it is', () => {
  expect(split(4096).config.intermediateSize).toBe(4096);
});
