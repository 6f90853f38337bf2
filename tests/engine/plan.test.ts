// The pure parts of the engine: slices cover every token of every phase once and in order, groups
// keep their limits, and the pace of submits follows what they took.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pace } from '#engine/pace.ts';
import { packLinear } from '#engine/pack.ts';
import { cutGroups, Plan, type Slice, type Step, stepsMax } from '#engine/plan.ts';
import { denseCost, rowCost } from '#model/cost.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { makeSyntheticEncoder, syntheticConfig } from '#model/synthetic.ts';

const lengthsOf = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 12 });

const denseConfig: EncoderConfig = {
  ...syntheticConfig,
  dense: { size: 96, activation: 'identity' },
};

function runPlan(lengths: number[], budget: number, config = syntheticConfig): Slice[] {
  const plan = new Plan(config, lengths);
  const slices: Slice[] = [];
  while (!plan.done) slices.push(plan.next(budget));
  return slices;
}

/** Steps of one kind and layer joined where they touch. */
function join(steps: Step[]): Step[] {
  const joined: Step[] = [];
  for (const step of steps) {
    const last = joined.at(-1);
    if (last?.kind === step.kind && last.layer === step.layer && last.end === step.start) {
      last.end = step.end;
    } else {
      joined.push({ ...step });
    }
  }
  return joined;
}

describe('a plan', () => {
  test('weighs what a dense layer does to each row', () => {
    const lengths = [3, 1, 2];
    const weigh = (config: EncoderConfig) =>
      runPlan(lengths, 1e12, config).reduce((sum, { cost }) => sum + cost, 0);
    const dense = weigh(denseConfig) - weigh(syntheticConfig);
    expect(dense).toBe(lengths.length * denseCost(denseConfig));
  });

  test('takes every token through every phase once, in order, at any budget', () => {
    fc.assert(
      fc.property(lengthsOf, fc.constantFrom(0, 1e5, 3e6, 1e12), (lengths, budget) => {
        const end = lengths.reduce((sum, length) => sum + length, 0);
        const phases: Step[] = [{ kind: 'embed', layer: 0, start: 0, end }];
        for (let layer = 0; layer < syntheticConfig.layers; layer++) {
          phases.push({ kind: 'keys', layer, start: 0, end });
          phases.push({ kind: 'mix', layer, start: 0, end });
        }
        phases.push({ kind: 'pool', layer: syntheticConfig.layers - 1, start: 0, end });
        const slices = runPlan(lengths, budget);
        expect(join(slices.flatMap(({ steps }) => steps))).toEqual(phases);
      }),
    );
  });

  test('counts the multiply-adds that the price counts', () => {
    fc.assert(
      fc.property(
        lengthsOf,
        fc.constantFrom(0, 3e6, 1e12),
        fc.constantFrom(syntheticConfig, denseConfig),
        (lengths, budget, config) => {
          const slices = runPlan(lengths, budget, config);
          const sum = slices.reduce((total, { multiplyAdds }) => total + multiplyAdds, 0);
          expect(sum).toBe(lengths.reduce((total, one) => total + rowCost(config, one), 0));
        },
      ),
    );
  });

  test('keeps a slice within its budget, or to one granule', () => {
    fc.assert(
      fc.property(lengthsOf, fc.integer({ min: 0, max: 1e8 }), (lengths, budget) => {
        for (const { steps, cost } of runPlan(lengths, budget)) {
          expect(steps.length).toBeLessThanOrEqual(stepsMax);
          if (cost > budget) expect(steps.length).toBe(1);
        }
      }),
    );
  });
});

test('groups hold whole rows, in order, within their limits', () => {
  const most = { tokens: 100, rows: 3 };
  fc.assert(
    fc.property(lengthsOf, (lengths) => {
      let next = 0;
      for (const { row, rows } of cutGroups(lengths, most)) {
        expect(row).toBe(next);
        expect(rows).toBeGreaterThan(0);
        expect(rows).toBeLessThanOrEqual(most.rows);
        const tokens = lengths.slice(row, row + rows).reduce((sum, length) => sum + length, 0);
        expect(tokens).toBeLessThanOrEqual(most.tokens);
        next = row + rows;
      }
      expect(next).toBe(lengths.length);
    }),
  );
});

describe('the pace', () => {
  test('grows at most fourfold while submits are fast', () => {
    const pace = new Pace(40);
    const first = pace.budget;
    pace.record(first, 0.1);
    expect(pace.budget).toBe(4 * first);
  });

  test('finds what fits a slow device at once', () => {
    const pace = new Pace(40);
    const first = pace.budget;
    pace.record(first, 400);
    expect(pace.budget).toBe(first / 10);
  });

  test('learns nothing from a small remainder, unless even that was slow', () => {
    const pace = new Pace(40);
    const first = pace.budget;
    pace.record(first / 10, 10);
    expect(pace.budget).toBe(first);
    pace.record(first / 10, 80);
    expect(pace.budget).toBe(first / 20);
  });
});

test('weights lie by vectors of sixteen inputs, outliers first, outputs side by side', () => {
  const { qkv, down } = makeSyntheticEncoder(3).layers[0];
  const packed = packLinear(qkv);
  expect(packed).toMatchObject({ planes: 1, vectors: 1 + qkv.inputs / 16 });
  for (const [output, input] of [
    [0, 0],
    [5, 17],
    [qkv.outputs - 1, qkv.inputs - 1],
  ]) {
    const at = ((1 + (input >> 4)) * qkv.outputs + output) * 16 + (input & 15);
    expect(packed.weights[at]).toBe(qkv.weight[output * qkv.inputs + input]);
  }
  const second = qkv.outliers[1];
  expect(packed.weights[7 * 16 + 1]).toBe(qkv.weight[7 * qkv.inputs + second]);
  const shifted = packLinear(down, true);
  const row = down.weight.subarray(0, down.inputs);
  expect(shifted.channels[2]).toBe(128 * row.reduce((sum, value) => sum + value, 0));
});
