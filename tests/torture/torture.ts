// Torture: a coordinator under load is killed again and again, at drawn moments, and started on what
// it left. What it had acknowledged must hold: judge.ts says what is compared.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type TestModel, writeTestModel } from '../coordinator/test-model.ts';
import { freePort } from '../e2e/serve-process.ts';
import { gatherCrew } from './crew.ts';
import { openCustomer } from './customer.ts';
import { createDraws, type Draws } from './draws.ts';
import { followTortured } from './follower.ts';
import { type Judged, judge, type Load } from './judge.ts';
import { createPromises } from './ledger-of-promises.ts';
import { restoreSynced } from './restore-synced.ts';
import { startVictim, type Victim } from './victim.ts';

export interface TortureOptions {
  kills: number;
  seed: number;
  /** PostgreSQL's address; null for the embedded database. */
  databaseUrl: string | null;
  contributors?: number;
  /** Each kill is a power cut: what was not synced is gone (power-layer.ts). */
  power?: { deaf: string[] };
  onProgress?(line: string): void;
}

export interface TortureReport extends Judged {
  kills: number;
  /** Of them while it was starting. */
  killsAtBoot: number;
  batches: number;
  units: number;
  /** Results that were answered, and what became of them. */
  acknowledged: number;
  accepted: number;
  late: number;
  seconds: number;
}

interface Bench {
  options: TortureOptions;
  draws: Draws;
  root: string;
  dataFolder: string;
  model: TestModel;
  port: number;
  origin: string;
  victim: Victim;
  /** How long it took to start, last. */
  bootMs: number;
  killsAtBoot: number;
  /** Called with every answer that acknowledges a result. */
  onAcknowledged(): void;
}

const contributorsDefault = 4;
const loadMsMax = 2_500;
const answersMax = 40;
const bootShare = 0.2;
const answerShare = 0.4;
/** A load that brings no answer for so long is not waited for. */
const answerMsMax = 20_000;

function start(bench: Omit<Bench, 'victim'>, model: string | null): Victim {
  const { options, root, dataFolder, port } = bench;
  const { databaseUrl, power } = options;
  const order = power ? { image: path.join(root, 'power'), deaf: power.deaf } : null;
  return startVictim({ dataFolder, model, port, databaseUrl, power: order });
}

async function prepare(options: TortureOptions): Promise<Bench> {
  const root = await mkdtemp(path.join(tmpdir(), 'idlewild-torture-'));
  const port = await freePort();
  const bench = {
    options,
    draws: createDraws(options.seed),
    root,
    dataFolder: path.join(root, 'data'),
    model: await writeTestModel(path.join(root, 'model')),
    port,
    origin: `http://127.0.0.1:${port}`,
    bootMs: 0,
    killsAtBoot: 0,
    onAcknowledged() {},
  };
  return { ...bench, victim: start(bench, bench.model.folder) };
}

/** The moment of the next kill, drawn: while it starts, after a time, or upon an answer. */
async function untilMoment(bench: Bench): Promise<void> {
  const { draws, victim } = bench;
  const kind = draws.unit();
  const share = draws.unit();
  const answers = draws.whole(1, answersMax);
  const started = performance.now();
  if (kind < bootShare) {
    const ready = victim.ready.then(() => 'ready');
    const first = await Promise.race([ready, setTimeout(share * bench.bootMs, 'moment')]);
    if (first === 'moment') bench.killsAtBoot++;
    return;
  }
  await victim.ready;
  bench.bootMs = performance.now() - started;
  // Under load, or it shows nothing.
  await Promise.race([untilAnswered(bench, 1), setTimeout(answerMsMax)]);
  if (kind < bootShare + answerShare) {
    await Promise.race([untilAnswered(bench, answers), setTimeout(answerMsMax)]);
  } else await setTimeout(share * loadMsMax);
}

/** The coordinator dies with the words of the last answer hardly heard. */
function untilAnswered(bench: Bench, answers: number): Promise<void> {
  let left = answers;
  return new Promise((resolve) => {
    bench.onAcknowledged = () => {
      left--;
      if (left <= 0) resolve();
    };
  });
}

async function killOnce(bench: Bench): Promise<void> {
  await untilMoment(bench);
  await bench.victim.kill('SIGKILL');
  if (bench.options.power) await restoreSynced(bench.dataFolder, path.join(bench.root, 'power'));
  bench.victim = start(bench, null);
}

async function killAll(bench: Bench, load: Load): Promise<void> {
  const { kills, onProgress } = bench.options;
  const started = performance.now();
  for (let kill = 1; kill <= kills; kill++) {
    const killing = killOnce(bench);
    try {
      await Promise.race([killing, load.customer.failed, load.crew.failed]);
    } catch (thrown) {
      // Whoever cleans up must find no further coordinator starting.
      await killing.catch(() => {});
      throw thrown;
    }
    if (load.promises.broken.length > 0) return;
    const { results, accepted } = load.promises.counts();
    const { completed } = load.customer.units();
    const leftS = Math.ceil(((performance.now() - started) * (kills - kill)) / kill / 1000);
    onProgress?.(
      `${kill} of ${kills} kills; ${results} results acknowledged, ${accepted} accepted, ` +
        `${completed} units done; about ${leftS} s left`,
    );
  }
}

async function run(bench: Bench): Promise<TortureReport> {
  const { options, origin, draws, model } = bench;
  const { weights } = model;
  const started = performance.now();
  const { apiKey } = await bench.victim.ready;
  bench.bootMs = performance.now() - started;
  if (!apiKey) throw new Error('The coordinator printed no key.');
  const promises = createPromises();
  const onAcknowledged = () => bench.onAcknowledged();
  const size = options.contributors ?? contributorsDefault;
  const customer = openCustomer({
    origin,
    apiKey,
    weights,
    draws: createDraws(draws.whole(0, 1e9)),
  });
  const follower = followTortured(origin);
  const crew = await gatherCrew({ origin, weights, promises, size, onAcknowledged });
  const load: Load = { customer, crew, follower, promises };
  try {
    await killAll(bench, load);
    await bench.victim.ready;
    const judged = await judge(load, {
      origin,
      onProgress: (line) => options.onProgress?.(line),
      async stop() {
        await bench.victim.kill('SIGTERM');
        return { dataFolder: bench.dataFolder, databaseUrl: options.databaseUrl };
      },
    });
    const { results, accepted, late } = promises.counts();
    return {
      kills: options.kills,
      killsAtBoot: bench.killsAtBoot,
      batches: customer.batches(),
      units: customer.units().total,
      acknowledged: results,
      accepted,
      late,
      seconds: Math.round((performance.now() - started) / 1000),
      ...judged,
    };
  } finally {
    await follower.stop();
    await customer.stop().catch(() => {});
    await crew.stop().catch(() => {});
  }
}

/** @throws when the coordinator does not start again, or a unit is stuck */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const bench = await prepare(options);
  try {
    return await run(bench);
  } catch (thrown) {
    const said = bench.victim.errors().slice(-4_000);
    throw new Error(`Torture with seed ${options.seed} failed. The coordinator said:\n${said}`, {
      cause: thrown,
    });
  } finally {
    await bench.victim.kill('SIGKILL');
    await rm(bench.root, { recursive: true, force: true });
  }
}
