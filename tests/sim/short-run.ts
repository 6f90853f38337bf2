// A run of the simulation that a test has time for: one crowd of every habit, 600 units.
import { policy } from '#validator/policy.ts';
import { scenarios } from './scenarios.ts';
import { type Crowd, type RunOptions, simulate } from './simulate.ts';

export const speed = [2, 8] as const;

const everybody: Crowd = {
  honest: { count: 12, plan: { speed } },
  slow: { count: 2, plan: { speed: [0.3, 0.5] } },
  vanishing: { count: 2, plan: { speed, vanishes: 1 / 20 } },
  ...Object.fromEntries(
    Object.entries(scenarios).map(([name, { plan }]) => [
      name,
      { count: 1, plan: { ...plan, speed } },
    ]),
  ),
};

export const runShort = (change: Partial<RunOptions>) =>
  simulate({
    seed: 7,
    level: 'sampled',
    rules: policy,
    crowd: everybody,
    units: 600,
    rows: 32,
    batchUnits: 200,
    ...change,
  });
