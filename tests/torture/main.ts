// `npm run torture -- [--kills N] [--database embedded|postgres] [--power] [--seed N] [--json]`: kills
// a coordinator under load, again and again, and says whether everything that it had acknowledged held.
import { parseArgs } from 'node:util';
import { build } from '#cli/build.ts';
import { createProgress } from '#cli/progress.ts';
import { startPostgres } from '../store/postgres-server.ts';
import { type TortureReport, torture } from './torture.ts';

const usage = `npm run torture -- [options]

  --kills N                     SIGKILLs under load (100)
  --database embedded|postgres  which database (embedded)
  --power                       every kill a power cut: what was not synced is gone (embedded only)
  --contributors N              that bring the load (4)
  --seed N                      of the moments and texts; printed, so that a failure replays
  --json                        one object on the last line of stdout
`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    database: { type: 'string', default: 'embedded' },
    power: { type: 'boolean', default: false },
    contributors: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function printReport(report: TortureReport): void {
  const { wrong, ...figures } = report;
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(14)}${value}`);
  for (const line of wrong) console.log(`WRONG: ${line}`);
  console.log(wrong.length === 0 ? 'Everything acknowledged held.' : 'Something did not hold.');
}

const numbers = [values.kills, values.contributors, values.seed].map(Number);
const known = values.database === 'embedded' || (values.database === 'postgres' && !values.power);
if (values.help || !known || !numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}
const [kills, contributors, seed] = numbers;
const progress = createProgress(false);
await build();
const postgres = values.database === 'postgres' ? await startPostgres() : null;
try {
  progress.done(`Seed ${seed}.`);
  const report = await torture({
    kills,
    contributors,
    seed,
    databaseUrl: postgres ? await postgres.makeDatabase() : null,
    ...(values.power && { power: { deaf: [] } }),
    onProgress: (line) => progress.update(line),
  });
  progress.done('Done.');
  if (values.json) console.log(JSON.stringify({ seed, database: values.database, ...report }));
  else printReport(report);
  if (report.wrong.length > 0) process.exitCode = 1;
} finally {
  await postgres?.close();
}
