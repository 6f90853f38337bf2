// `idlewild work`: one contributor in a headless browser, for machines without a visitor.
// Exit code 0: done, or interrupted with everything handed back; 1: failed; 2: results refused.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ContributorStatus, StartOptions } from '#worker/status.ts';
import { createProgress } from './progress.ts';
import { runWork, type WorkOptions, type WorkReport } from './run-work.ts';

interface Flags {
  coordinator: string;
  headless: string;
  units?: number;
  minutes?: number;
  backend: StartOptions['backend'];
  key?: string;
  json: boolean;
}

const refusedExitCode = 2;

export { runWork, type WorkReport } from './run-work.ts';

export function addWork(program: Command): void {
  program
    .command('work')
    .description('contribute with a headless browser, until stopped')
    .requiredOption('--coordinator <url>', 'address of the coordinator')
    .addOption(
      new Option('--headless <browser>', 'browser to use')
        .choices(['chromium'])
        .default('chromium'),
    )
    .option('--units <n>', 'stop after so many units and their verdicts', readWhole)
    .option('--minutes <m>', 'stop after so many minutes', readMinutes)
    .addOption(
      new Option('--backend <name>', 'what computes')
        .choices(['auto', 'webgpu', 'wasm'])
        .default('auto'),
    )
    .addOption(
      new Option('--key <hex>', "the account's private key; none makes an account").env(
        'IDLEWILD_KEY',
      ),
    )
    .option('--json', 'print one JSON object on stdout', false)
    .addHelpText(
      'after',
      '\nExit code 0: done, or interrupted with everything handed back; 1: failed; ' +
        '2: results were refused.',
    )
    .action(work);
}

function readWhole(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= 60 * 24)) {
    throw new InvalidArgumentError('Expected minutes, more than 0 and at most a day.');
  }
  return minutes;
}

async function work({ coordinator, units, minutes, backend, key, json }: Flags): Promise<void> {
  const progress = createProgress(json && !process.stderr.isTTY);
  const interrupt = new AbortController();
  const stop = () => {
    progress.update('Stopping: handing work back.');
    interrupt.abort();
  };
  // Once: a second signal ends the process at once, as usual.
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const options: WorkOptions = {
    coordinator,
    backend,
    signal: interrupt.signal,
    onStatus: (status) => progress.update(describe(status)),
    ...(units === undefined ? {} : { units }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(key === undefined ? {} : { key }),
  };
  try {
    const report = await runWork(options);
    progress.done(summarize(report));
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    if (report.rejected > 0) process.exitCode = refusedExitCode;
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}

function describe(status: ContributorStatus): string {
  const { message, units, rowsPerSecond, totals, download, device } = status;
  const parts = [message];
  if (download) parts.push(`${Math.floor((100 * download.done) / download.total)} % of the model`);
  if (device) parts.push(device.backend);
  if (units > 0) {
    parts.push(`${units} units`, `${rowsPerSecond.toFixed(1)} rows/s`);
    parts.push(`${totals.accepted} accepted, ${totals.pending} pending`);
  }
  return parts.join(' · ');
}

function summarize(report: WorkReport): string {
  const { units, rows, rowsPerSecond, backend, accepted, pending, rejected, credit } = report;
  return (
    `${units} units (${rows} rows, ${rowsPerSecond.toFixed(1)} rows/s on ${backend}): ` +
    `${accepted} accepted, ${pending} pending, ${rejected} rejected, credit ${credit}.`
  );
}
