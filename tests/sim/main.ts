// `npm run sim`: seeded crowds of honest and dishonest contributors against the verdict ladder, on
// a fake clock; what was delivered wrong, what it cost, and who was paid.
import { parseArgs } from 'node:util';
import { createProgress, timeLeft } from '#cli/progress.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { type Level, levels, policy } from '#validator/policy.ts';
import { frontier } from './frontier.ts';
import { marketNames, runMarketCommand } from './market-command.ts';
import { marketScenarios } from './market-scenarios.ts';
import { makeCrowd, scenarios } from './scenarios.ts';
import { simulate } from './simulate.ts';
import { printRuns, type SimRun, toRow } from './table.ts';

const names = Object.entries(scenarios)
  .map(([name, { about }]) => `  ${name.padEnd(14)}${about}`)
  .join('\n');
const usage = `npm run sim [-- options]

  --scenario NAME       one of those below, again for more (all of them)
  --verification LEVEL  sampled, full or trusted (those that the scenario is about)
  --seeds N             seeds 1 to N (3)
  --seed N              this seed alone: replays a run
  --units N             (200000)
  --batch N             units of one batch, 50,000 lines at most (1562)
  --contributors N      (100), of whom --troubled N (20) are of the scenario's kind
  --frontier            cost against residual risk instead of scenarios
  --json                one JSON object on stdout

${names}

npm run sim -- market [options]: the price's controller over a grid of elasticities and delays

  --scenario NAME       one of those below, again for more (all of them)
  --seed N              (1)
  --picture FILE        draws the picture of docs/price.md instead
  --json                one JSON object on stdout

${marketNames}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scenario: { type: 'string', multiple: true, default: [] },
    verification: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    seed: { type: 'string' },
    units: { type: 'string', default: '200000' },
    batch: { type: 'string', default: '1562' },
    contributors: { type: 'string', default: '100' },
    troubled: { type: 'string', default: '20' },
    frontier: { type: 'boolean', default: false },
    picture: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const size = {
  units: Number(values.units),
  rows: 32,
  batchUnits: Number(values.batch),
  contributors: Number(values.contributors),
  troubled: Number(values.troubled),
};
const level = values.verification as Level | undefined;
const market = positionals[0] === 'market';
const wrongWord =
  positionals.length > Number(market) ||
  values.scenario.some((name) => !(name in (market ? marketScenarios : scenarios))) ||
  (level !== undefined && !levels.includes(level)) ||
  [...Object.values(size), Number(values.seeds), Number(values.seed ?? 1)].some(
    (number) => !Number.isInteger(number) || number < 0,
  );
if (values.help || wrongWord) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const progress = createProgress(false);
const started = performance.now();
const tell = (words: string, done: number, total: number) =>
  progress.update(`${words}  ${timeLeft(done, total, performance.now() - started)}`);

if (market) {
  const { scenario, seed = '1', json, picture } = values;
  const options = { scenarios: scenario, seed: Number(seed), json, picture };
  process.stdout.write(runMarketCommand(options));
} else if (values.frontier) {
  const seed = Number(values.seed ?? 1);
  const onProgress = (done: number, total: number) =>
    tell(`frontier: run ${done + 1} of ${total}`, done, total);
  process.stdout.write(frontier({ ...size, seed, onProgress }));
} else {
  const runs = runAll();
  process.stdout.write(
    values.json ? `${JSON.stringify({ rows: runs.map(toRow) })}\n` : printRuns(runs),
  );
}
progress.done(`${((performance.now() - started) / 1000).toFixed(0)} s`);

function runAll(): SimRun[] {
  const chosen = values.scenario.length > 0 ? values.scenario : Object.keys(scenarios);
  const seeds = values.seed
    ? [Number(values.seed)]
    : Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
  const plan = chosen.flatMap((scenario) =>
    (level ? [level] : scenarios[scenario].levels).flatMap((verification) =>
      seeds.map((seed) => ({ scenario, verification, seed })),
    ),
  );
  return plan.map((run, index) => runOne(run, index, plan.length));
}

function runOne(run: Omit<SimRun, 'report'>, index: number, runs: number): SimRun {
  const { scenario, verification, seed } = run;
  const onProgress = (done: number, total: number) =>
    tell(`${scenario}, ${verification}, seed ${seed}`, index + done / total, runs);
  try {
    const crowd = makeCrowd(scenarios[scenario], size);
    const report = simulate({
      ...size,
      seed,
      level: verification,
      rules: policy,
      crowd,
      onProgress,
    });
    return { ...run, report };
  } catch (thrown) {
    const { message } = toIdlewildError(thrown);
    process.stderr.write(
      `\nFAILED: ${message}\nReplay: npm run sim -- --scenario '${scenario}' ` +
        `--verification ${verification} --seed ${seed} --units ${size.units}\n`,
    );
    throw thrown;
  }
}
