// Three coordinators on one PostgreSQL behind a plain round-robin, so that no two calls in a row meet
// the same one. One is killed in the middle, and every connection to the database is cut once:
// nothing is leased or credited twice, no unit is stuck, what is delivered is exact.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRequester, readEmbedding } from '#cli/requester.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import type { Lease, SubmittedResult } from '#protocol/wire.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { encodeRow } from '#reference/encoder.ts';
import { openDatabase } from '#store/database.ts';
import {
  createTestContributor,
  Refused,
  type TestContributor,
} from '../coordinator/test-contributor.ts';
import { makeTestTokenizer, type TestModel, writeTestModel } from '../coordinator/test-model.ts';
import { embedLine, makeTexts } from '../coordinator/test-site.ts';
import { findPostgres } from '../store/postgres-server.ts';
import type { ReplicaOrder, ReplicaReply } from './replica-process.ts';
import { type RoundRobin, startRoundRobin } from './round-robin.ts';
import { freePort } from './serve-process.ts';

const replicasCount = 3;
const contributorsCount = 6;
const unitsCount = 24;
const texts = makeTexts(32 * unitsCount);
const retryMs = 50;

const postgres = await findPostgres();
const missing = 'missing' in postgres ? postgres.missing : null;

interface Replica {
  port: number;
  child: ChildProcess;
  apiKey: string | null;
}

let root: string;
let model: TestModel;
let databaseUrl: string;
let balancer: RoundRobin;
const replicas: Replica[] = [];

async function startReplica(): Promise<Replica> {
  const port = await freePort();
  const child = fork(path.join(import.meta.dirname, 'replica-process.ts'), {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  });
  const dataFolder = path.join(root, 'data');
  const { origin } = balancer;
  const order: ReplicaOrder = { dataFolder, databaseUrl, model: model.folder, port, origin };
  child.send(order);
  const [reply] = (await once(child, 'message')) as [ReplicaReply];
  if ('failed' in reply) throw new Error(reply.failed);
  balancer.ports.push(port);
  return { port, child, apiKey: reply.apiKey };
}

beforeAll(async () => {
  if ('missing' in postgres) return;
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-replicas-'));
  databaseUrl = await postgres.makeDatabase();
  model = await writeTestModel(path.join(root, 'model'));
  balancer = await startRoundRobin();
  // At once, on an empty folder and an empty database: each thing of the first start is made by one.
  replicas.push(...(await Promise.all(Array.from({ length: replicasCount }, startReplica))));
});

afterAll(async () => {
  if ('missing' in postgres) return;
  for (const { child } of replicas) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.disconnect();
    await once(child, 'exit');
  }
  await balancer.close();
  await postgres.close();
  await rm(root, { recursive: true, force: true });
});

/** Over real HTTP; what the balancer could not place is thrown. */
async function send(url: string, body: Uint8Array) {
  const headers = { 'content-type': 'application/cbor' };
  const answer = await fetch(`${balancer.origin}${url}`, {
    method: 'POST',
    headers,
    body: Buffer.from(body),
  });
  if (answer.status === 502) throw new Error('bad gateway');
  return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
}

/** What a contributor does about a call that failed: it comes back with the same results. */
function mayComeBack(thrown: unknown): boolean {
  return !(thrown instanceof Refused) || thrown.error.retryable;
}

/** Results that were taken in, from all. */
let taken = 0;

/** Troubles that were brought, of how many. */
const troubles = { done: 0, planned: 2 };

/** And two from each that are on their way leave the batch unfinished: a unit wants one at least. */
const takenBeforeTroubles = unitsCount / 2;

async function openContributor(): Promise<TestContributor> {
  const who = await createTestContributor({ send, weights: model.weights });
  await who.open();
  return who;
}

/** Computes until `isOver`. @returns accepted results, as the coordinator counts them */
async function contribute(who: TestContributor, isOver: () => boolean): Promise<number> {
  let held: Lease[] = [];
  let results: SubmittedResult[] = [];
  let accepted = 0;
  while (!isOver()) {
    if (taken >= takenBeforeTroubles && troubles.done < troubles.planned) {
      await setTimeout(retryMs);
      continue;
    }
    for (const lease of held) results.push(await who.makeResult(lease));
    held = [];
    try {
      const answer = await who.work({ results, want: { units: 2, models: [], speed: 1e12 } });
      taken += results.length;
      results = [];
      held = answer.leases;
      accepted = answer.totals.accepted;
    } catch (thrown) {
      if (!mayComeBack(thrown)) throw thrown;
    }
    if (held.length === 0) await setTimeout(retryMs);
  }
  return accepted;
}

interface Batch {
  status: string;
  output_file_id: string | null;
  x_units: { completed: number; total: number };
}

interface WatchOptions {
  id: string;
  findBatch(id: string): Promise<Batch>;
  /** A contributor has failed. */
  isOver(): boolean;
}

/** Each has had its share of the calls. */
const areAllAsked = () =>
  balancer.answered.size === replicasCount &&
  [...balancer.answered.values()].every((count) => count > 10);

/** Waits for the batch, and brings trouble twice. */
async function watch({ id, findBatch, isOver }: WatchOptions): Promise<Batch> {
  const bring = [
    () => replicas[1].child.kill('SIGKILL'),
    () => 'disconnect' in postgres && postgres.disconnect(databaseUrl),
  ];
  while (!isOver()) {
    // A poll may meet the one that is being killed.
    const batch = await findBatch(id).catch(() => null);
    if (batch && batch.status !== 'validating' && batch.status !== 'in_progress') {
      if (batch.status !== 'finalizing') {
        expect(troubles.done).toBe(troubles.planned);
        return batch;
      }
    }
    const due = ((troubles.done + 1) * takenBeforeTroubles) / troubles.planned;
    if (troubles.done < troubles.planned && taken >= due && areAllAsked()) {
      await bring[troubles.done]();
      troubles.done++;
    }
    await setTimeout(retryMs);
  }
  throw new Error('A contributor failed.');
}

/** What must be zero, in any honest book. */
const twice = {
  'a lease of two receipts': `select lease_id from receipts where kind = 'credited'
    group by 1 having count(*) > 1`,
  'a unit credited twice to one account': `select unit_id, account_id from results where state = 1
    group by 1, 2 having count(*) > 1`,
  'a unit leased twice to one account': `select unit_id, account_id from leases
    where state in (0, 1) group by 1, 2 having count(*) > 1`,
  'a unit with more leases than it wants': `select id from units where state = 0
    and leased + answered > greatest(wanted, 1)`,
  // An audit that nobody took in time is withdrawn, and its rows are the coordinator's.
  'a unit that is stuck': `select id from units
    where state <> 2 and not (kind = 1 and state = 3 and leased + answered = 0)`,
};

async function countTwice(): Promise<Record<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const counts: Record<string, number> = {};
  for (const [what, sql] of Object.entries(twice)) {
    counts[what] = (await client.query(sql)).rowCount ?? -1;
  }
  await client.end();
  return counts;
}

test.skipIf(missing !== null)(
  `three replicas finish a batch though one is killed${missing ? ` (skipped: ${missing})` : ''}`,
  async () => {
    if ('missing' in postgres) return;
    const apiKey = replicas.find((replica) => replica.apiKey !== null)?.apiKey ?? '';
    expect(replicas.filter((replica) => replica.apiKey !== null)).toHaveLength(1);
    const requester = createRequester({ coordinator: balancer.origin, apiKey });
    const lines = texts.map((text, i) => JSON.stringify(embedLine(`${i}`, text)));
    const file = await requester.upload(`${lines.join('\n')}\n`, 'replicas.jsonl');
    const { id } = await requester.createBatch(file);

    const findBatch = async (batch: string): Promise<Batch> => {
      const headers = { authorization: `Bearer ${apiKey}` };
      const answer = await fetch(`${balancer.origin}/v1/batches/${batch}`, { headers });
      if (!answer.ok) throw new Error(`${answer.status}`);
      return (await answer.json()) as Batch;
    };
    let over = false;
    const end = () => {
      over = true;
    };
    const isOver = () => over;
    // All before the first trouble: a call to open is made once.
    const members = await Promise.all(Array.from({ length: contributorsCount }, openContributor));
    const crew = members.map((who) => contribute(who, isOver));
    const [batch, ...accepted] = await Promise.all([
      watch({ id, findBatch, isOver }).finally(end),
      ...crew.map((contributor) => contributor.finally(end)),
    ]);
    expect(batch.status).toBe('completed');
    expect(areAllAsked()).toBe(true);

    expect(await countTwice()).toEqual(
      Object.fromEntries(Object.keys(twice).map((key) => [key, 0])),
    );
    const options = { url: databaseUrl };
    const database = await openDatabase(path.join(root, 'unused'), options);
    const books = await database.run('checkBooks', null);
    await database.close();
    expect(books.receipts).toBeGreaterThanOrEqual(batch.x_units.total);
    expect(accepted.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(books.receipts);

    const tokenizer = openTokenizer(makeTestTokenizer());
    const output = await requester.outputLines(batch.output_file_id ?? '');
    expect(output).toHaveLength(texts.length);
    for (const { custom_id, response } of output) {
      const row = encodeRow(model.weights, tokenizer.encode(texts[Number(custom_id)]));
      const got = response.body.data[0].embedding;
      expect(Array.isArray(got) ? got : [...readEmbedding(got)]).toEqual([...toUnitVector(row)]);
    }
  },
);
