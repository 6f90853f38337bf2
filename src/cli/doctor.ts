// `idlewild doctor`: looks at everything that a coordinator needs and changes nothing. Each line says
// ok, warn or fail, and what to do. Exit code 0: nothing failed; 1: something did.
import type { Command } from 'commander';
import { toIdlewildError } from '#protocol/errors.ts';
import { checkChain } from './doctor-chain.ts';
import { checkData, checkDatabase, checkModels } from './doctor-data.ts';
import { checkMachine, checkOpenFiles, checkPort, checkSecrets } from './doctor-machine.ts';
import { checkSettlement } from './doctor-settlement.ts';
import { type Finding, failed } from './finding.ts';
import { addSettings, readSettings } from './read-settings.ts';
import type { Settings } from './settings.ts';

/** A check that breaks has found something too. */
async function guarded(
  name: string,
  check: (settings: Settings) => Promise<Finding[]>,
  settings: Settings,
): Promise<Finding[]> {
  try {
    return await check(settings);
  } catch (thrown) {
    const { shortMessage, code, metaMessages } = toIdlewildError(thrown);
    const todo = metaMessages[0] ?? `Look for ${code} in the log.`;
    return [failed(name, shortMessage, todo)];
  }
}

const checks: [string, (settings: Settings) => Promise<Finding[]>][] = [
  ['machine', checkMachine],
  ['open files', checkOpenFiles],
  ['data', checkData],
  ['database', checkDatabase],
  ['models', checkModels],
  ['port', checkPort],
  ['secrets', checkSecrets],
  ['chain', checkChain],
  ['settlement', checkSettlement],
];

export async function examine(settings: Settings): Promise<Finding[]> {
  const findings: Finding[] = [];
  // One after another: the folder is looked at by one of them at a time.
  for (const [name, check] of checks) findings.push(...(await guarded(name, check, settings)));
  return findings;
}

export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, state, words, todo }) => [
    `${state.padEnd(4)}  ${name.padEnd(width)}  ${words}`,
    ...(todo ? [`${' '.repeat(width + 8)}${todo}`] : []),
  ]);
  const count = (wanted: Finding['state']) =>
    findings.filter(({ state }) => state === wanted).length;
  lines.push('', `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`);
  return lines.join('\n');
}

export function addDoctor(program: Command): void {
  addSettings(
    program
      .command('doctor')
      .description('check everything that a coordinator needs; changes nothing')
      .option('--json', 'print the findings as one JSON object', false),
  ).action(async (flags: { json: boolean }) => {
    const folder = process.cwd();
    const settings = await readSettings({ flags: { ...flags }, environment: process.env, folder });
    const findings = await examine(settings);
    const ok = findings.every(({ state }) => state !== 'fail');
    const json = () => JSON.stringify({ ok, findings });
    process.stdout.write(`${flags.json ? json() : formatFindings(findings)}\n`);
    if (!ok) process.exitCode = 1;
  });
}
