// `npm run bench -- coordinator`: verified results per second, end to end, the load generator on the
// same cores. Real: HTTP over keep-alive connections, challenges, wallets, P-256 envelopes, output
// digests, payload files, group commit, the verdict ladder, postings, receipts and their log, all as
// `idlewild serve` runs them. Prepared: one batch, its units inserted by SQL, their outputs' digests as
// contributors state them (the coordinator works out every one of them anew), outputs that are a
// cheap function of a row's tokens, since a coordinator compares outputs and never asks how they came
// about, and the records of contributors that were trusted long ago (the ladder is whole: one row of each
// unit is audited, by a stranger or the coordinator, and units are held for those that follow).
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { syntheticConfig } from '#model/synthetic.ts';
import { fromHex } from '#protocol/bytes.ts';
import { openDurable } from '#store/durable-file-system.ts';
import { type PostgresServer, startPostgres } from '../store/postgres-server.ts';
import { measureIdle } from './coordinator-idle.ts';
import type { LoadOrder, LoadReport } from './coordinator-load.ts';
import { ask, type CpuParts, readCpu, startChild } from './coordinator-processes.ts';
import type { ServerOrder } from './coordinator-server.ts';
import {
  type BenchDatabase,
  type BenchSite,
  fillQueue,
  makeSite,
  seasonContributors,
} from './coordinator-site.ts';
import { type BenchReport, type BenchRow, describeMachine } from './report.ts';

/** BOINC's published server: 8.8 million tasks a day. */
const boinc = { rival: 102, rivalName: "BOINC's published server" };
/** `--quick` keeps what the floors are stated for: 8 a call, 10^6 units. */
const quick = process.argv.includes('--quick');
/** `--idle` measures those who wait for work, alone. */
const idleAlone = process.argv.includes('--idle');

/** `--NAME=VALUE` keeps one of several. */
function keep<Value extends string | number>(name: string, all: readonly Value[]): Value[] {
  const flag = `--${name}=`;
  const only = process.argv.find((word) => word.startsWith(flag))?.slice(flag.length);
  return all.filter((value) => only === undefined || only === `${value}`);
}

const databases = keep('database', ['embedded', 'PostgreSQL'] as const);
const crews = keep('contributors', [50, 1_000]);
const queues = keep('units', quick ? [1_000_000] : [100_000, 1_000_000]);
const callSizes = quick ? [8] : [1, 8];
/** Results of one window. All that a crew takes of its queue has inputs on disk (coordinator-inputs.ts). */
const resultsMax = 18_000;
const windowMsMax = 60_000;
/**
 * As many come before each window, unmeasured, at as many a call: V8 has then compiled what runs often,
 * once for the days to come, and units are held, audited and released as they will be.
 */
const warmResults = 8_000;
/** Or so many rounds of the crew, where that is more and the queue has four times as many. */
const warmRounds = 6;
const postgresFlags = ['-c', 'shared_buffers=512MB', '-c', 'max_wal_size=4GB'];
/**
 * `--postgres=system` takes the system's PostgreSQL instead of the package's, whose programs are
 * compiled for size.
 */
const system = process.argv.includes('--postgres=system');

type DatabaseName = (typeof databases)[number];

interface Case {
  database: DatabaseName;
  units: number;
  contributors: number;
  perCall: number;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Half the distance from the slowest to the fastest slice of the window, relative. */
function spreadOf(slices: number[]): number | null {
  if (slices.length < 2) return null;
  const [least, most] = [Math.min(...slices), Math.max(...slices)];
  return Math.round(((most - least) / (most + least)) * 100) / 100;
}

function toRows(
  { database, units, contributors, perCall }: Case,
  report: LoadReport,
  parts: CpuParts,
): BenchRow[] {
  const name = `${database}, ${perCall} a call, ${contributors} contributors, ${units} units`;
  const perSecond = (report.accepted * 1000) / report.ms;
  const plain = { rival: null, rivalName: null, ratio: null, spread: null };
  const throughput: BenchRow = {
    case: name,
    unit: 'results/s',
    ours: Math.round(perSecond),
    ...boinc,
    ratio: Math.round((perSecond / boinc.rival) * 10) / 10,
    spread: spreadOf(report.slices),
  };
  const brought: BenchRow = {
    case: `${name}: brought`,
    unit: 'results/s',
    ours: Math.round((report.brought * 1000) / report.ms),
    ...plain,
  };
  const costs = Object.entries(parts).map(([part, ms]) => ({
    case: `${name}: CPU, ${part}`,
    unit: 'µs/result',
    ours: Math.round((ms * 1000) / report.accepted),
    ...plain,
  }));
  const waits = Object.entries(report.latencyMs).map(([rank, ms]) => ({
    case: `${name}: a call, ${rank}`,
    unit: 'ms',
    ours: Math.round(ms),
    ...plain,
  }));
  const rows = [throughput, brought, ...costs, ...waits];
  say(rows.map(({ case: what, ours, unit }) => `${what}: ${ours} ${unit}`).join('\n'));
  return rows;
}

interface Prepared {
  site: BenchSite;
  databaseUrl: string | null;
  postgres: PostgresServer | null;
}

async function fill(site: BenchSite, database: BenchDatabase, units: number): Promise<void> {
  await seasonContributors(site, database, Math.max(...crews));
  await fillQueue(site, database, units);
}

async function prepare(root: string, units: number, postgres: PostgresServer | null) {
  const started = performance.now();
  const databaseUrl = postgres ? await postgres.makeDatabase() : null;
  const site = await makeSite(root, databaseUrl);
  if (databaseUrl) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query('select version() as version');
    say(rows[0].version);
    await fill(site, client, units).finally(() => client.end());
  } else {
    const database = await openDurable(path.join(site.dataFolder, 'database'));
    await fill(site, database, units).finally(() => database.close());
  }
  say(`${units} units made in ${Math.round((performance.now() - started) / 1000)} s`);
  return { site, databaseUrl, postgres } satisfies Prepared;
}

async function measure(
  { site, databaseUrl, postgres }: Prepared,
  { units, contributors, perCall }: Omit<Case, 'database'>,
) {
  const server = startChild('coordinator-server.ts');
  try {
    const { dataFolder, model } = site;
    const order: ServerOrder = { dataFolder, model: model.folder, databaseUrl };
    const { origin } = await ask<{ origin: string }>(server, order);
    const load = startChild('coordinator-load.ts');
    try {
      const tell = (wanted: LoadOrder) => ask<{ report: LoadReport }>(load, wanted);
      const words = syntheticConfig.hiddenSize;
      await tell({ kind: 'prepare', model: fromHex(model.id), units, words });
      await tell({ kind: 'open', origin, contributors, words });
      const rounds = Math.min(warmRounds * contributors * perCall, units / 4);
      const warm = Math.max(warmResults, rounds);
      await tell({ kind: 'run', ms: windowMsMax, resultsMax: warm, perCall });
      const cpu = readCpu(server, load, postgres);
      const { report } = await tell({ kind: 'run', ms: windowMsMax, resultsMax, perCall });
      const database = postgres ? 'PostgreSQL' : 'embedded';
      return toRows({ database, units, contributors, perCall }, report, cpu());
    } finally {
      load.kill();
    }
  } finally {
    if (server.connected) server.disconnect();
    if (server.exitCode === null) await once(server, 'exit');
  }
}

/** On tables of its own, so that none meets what another left behind. */
async function measureCase({ database, ...one }: Case) {
  const root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-bench-'));
  const postgres =
    database === 'PostgreSQL' ? await startPostgres({ flags: postgresFlags, system }) : null;
  try {
    return await measure(await prepare(root, one.units, postgres), one);
  } finally {
    await postgres?.close();
    await rm(root, { recursive: true, force: true });
  }
}

export async function coordinator(): Promise<BenchReport> {
  const wholeRun = !quick && databases.length * crews.length * queues.length === 8;
  const rows: BenchRow[] = wholeRun || idleAlone ? await measureIdle() : [];
  for (const units of idleAlone ? [] : queues) {
    for (const contributors of crews) {
      for (const database of databases) {
        for (const perCall of callSizes) {
          rows.push(...(await measureCase({ database, units, contributors, perCall })));
        }
      }
    }
  }
  return { bench: 'coordinator', machine: describeMachine(), rows };
}
