// The frontier of cost against residual risk: one number of the ladder moved at a time, the worst
// rings played against it, and beside it what arithmetic and Sarmenta's bound say.
import { table } from '#cli/progress.ts';
import { type Policy, policy } from '#validator/policy.ts';
import { bestLies, chanceCaught, liesBeforeCaught, spotCheckBound } from './bounds.ts';
import { makeCrowd, scenarios } from './scenarios.ts';
import { simulate } from './simulate.ts';

export interface FrontierOptions {
  seed: number;
  units: number;
  rows: number;
  batchUnits: number;
  contributors: number;
  troubled: number;
  onProgress(done: number, total: number): void;
}

const scaleWindows = (times: number): Partial<Policy> => ({
  holdUnits: policy.holdUnits.map((line) => ({ ...line, units: line.units * times })),
});

const points: { name: string; change: Partial<Policy> }[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((sampled) => ({
    name: `${sampled} audited`,
    change: { auditedRows: { ...policy.auditedRows, sampled } },
  })),
  ...[0, 4, 16].map((times) => ({ name: `windows x ${times}`, change: scaleWindows(times) })),
  ...[0, 1 / 4, 1].map((coordinatorShare) => ({
    name: `coordinator ${coordinatorShare}`,
    change: { coordinatorShare },
  })),
];

const rings = ['ring', 'early ring'];

export function frontier(options: FrontierOptions): string {
  const { contributors, troubled, rows, units } = options;
  const total = points.length * (rings.length + 1);
  let done = 0;
  const run = (name: string, change: Partial<Policy>) => {
    options.onProgress(done++, total);
    return simulate({
      seed: options.seed,
      level: 'sampled',
      rules: { ...policy, ...change },
      crowd: makeCrowd(scenarios[name], { contributors, troubled }),
      units,
      rows,
      batchUnits: options.batchUnits,
    });
  };
  const lines = points.map(({ name, change }) => {
    const rules = { ...policy, ...change };
    const friends = (troubled - 1) / (contributors - 1);
    const { coordinatorShare } = rules;
    const audited = rules.auditedRows.sampled;
    const caught = chanceCaught({ audited, rows, friends, coordinatorShare });
    const pieces = (units * rows) / contributors;
    const saboteurs = troubled / contributors;
    const share = (each: number) => ((each * troubled) / (units * rows)).toExponential(1);
    const honest = run('honest', change);
    const attacked = rings.map((ring) => run(ring, change));
    const worst = attacked.reduce((a, b) => (b.wrongRows > a.wrongRows ? b : a));
    return [
      name,
      honest.workRatio.toFixed(4),
      worst.workRatio.toFixed(4),
      (worst.wrongRows / worst.rows).toExponential(1),
      share(liesBeforeCaught(caught, Number.POSITIVE_INFINITY)),
      share(bestLies(caught).surviving),
      spotCheckBound({ checked: caught, pieces, saboteurs }).toExponential(1),
    ];
  });
  const head = [
    'policy',
    'work, honest',
    'work, attacked',
    'wrong, measured',
    '(1 - p) / p each',
    '1 / (e p) each',
    'Sarmenta',
  ];
  return `${table([head, ...lines])}\n`;
}
