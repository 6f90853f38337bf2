// `idlewild audit` against a live coordinator that is tampered with: the real `idlewild serve`, whose
// operator lays hands on its PostgreSQL while it runs, so that no check at its start is in the way;
// and, for a fork, between two runs, which the start has no reason to refuse: each of the two logs is
// sound in itself. What was altered is put back after each case.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { freePort, type ServeProcess, serve } from '../e2e/serve-process.ts';
import { findPostgres, type PostgresServer } from '../store/postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const postgres = found as PostgresServer;
const skipped = missing === null ? '' : ` (skipped: ${missing})`;

let site: TestSite;
let databaseUrl: string;
let server: ServeProcess | null = null;
let address: string;
const tampered = ['receipts', 'postings', 'log_groups'];

/** As whoever owns the database may. */
async function alter(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** Two strangers finish an open batch of several units. */
async function finishBatch(word: string): Promise<void> {
  const [alice, bob] = [await site.contributor(), await site.contributor()];
  const lines = makeTexts(70).map((text, i) => embedLine(`${i}`, `${word} ${text}`));
  await site.submit(lines, site.apiKey, { x_open: true });
  for (let turn = 0; turn < 3; turn++) {
    await alice.turn();
    await bob.turn();
  }
  await site.coordinator.settle();
}

/** The command as an auditor types it: its exit code, and the one line that it prints. */
function audit(...words: string[]): Promise<{ code: number; verdict: string; faults: string }> {
  const command = ['--import', 'tsx', 'src/cli/main.ts', 'audit', '--coordinator', address];
  return new Promise((resolve) => {
    execFile(process.execPath, [...command, ...words], (error, verdict, faults) => {
      resolve({ code: error ? Number(error.code) : 0, verdict, faults });
    });
  });
}

const inData = (name: string) => path.join(site.dataFolder, name);

async function startServing(): Promise<void> {
  const { dataFolder, model } = site;
  server = await serve({ dataFolder, model: model.folder, port: await freePort(), databaseUrl });
  address = server.origin;
}

beforeAll(async () => {
  if (missing !== null) return;
  databaseUrl = await postgres.makeDatabase();
  site = await startTestSite({ databaseUrl });
  await finishBatch('w1');
  await writeFile(inData('early'), (await site.get('/v1/log/checkpoint')).raw);
  await finishBatch('w2');
  await site.coordinator.close();
  const switchedOff = tampered.map((table) => `alter table ${table} disable trigger user;`);
  const kept = tampered.map((table) => `create table kept.${table} as table ${table};`);
  await alter(`${switchedOff.join('')} create schema kept; ${kept.join('')}`);
  await startServing();
});

afterAll(async () => {
  if (missing !== null) return;
  await server?.kill('SIGKILL');
  await site.reopen();
  await site.close();
  await postgres.close();
});

const victim = `(select id from receipts where ordinal = 0 order by transfer_id limit 1)`;

const tamperings: [what: string, sql: string, code: string][] = [
  [
    'a receipt changed',
    `update receipts set payload = set_byte(payload, 200, 255 - get_byte(payload, 200))
     where id = ${victim}`,
    'log/receipt-changed',
  ],
  ['a receipt removed', `delete from receipts where id = ${victim}`, 'log/receipt-removed'],
  [
    'receipts reordered',
    `alter table log_groups drop constraint log_groups_transfer_id_key;
     with two as (select first_leaf, transfer_id from log_groups
       where leaf_count = (select leaf_count from log_groups where first_leaf = 0)
       order by first_leaf limit 2)
     update log_groups set transfer_id =
       (select transfer_id from two where two.first_leaf <> log_groups.first_leaf)
     where first_leaf in (select first_leaf from two)`,
    'log/receipt-reordered',
  ],
  [
    'a posting altered',
    `update postings set amount = amount + case when amount > 0 then 1 else -1 end
     where transfer_id = (select min(transfer_id) from postings)`,
    'ledger/posting-altered',
  ],
];
const honest = { code: 0, verdict: expect.stringMatching(/^Honest: \d+ receipts [^\n]*\n$/) };

test.skipIf(missing !== null)(`as it is, it is honest${skipped}`, async () => {
  const words = ['--recompute', '2', '--remember', inData('checkpoint')];
  const { code, verdict } = await audit(...words);
  expect({ code, verdict }).toEqual(honest);
  expect(verdict).toContain('2 units computed again to the byte');
});

test.skipIf(missing !== null).each(tamperings)(
  `names %s under its hands${skipped}`,
  async (_, sql, code) => {
    await alter(sql);
    const report = await audit();
    expect(report.code).toBe(1);
    expect(report.verdict).toMatch(/^Not honest: [^\n]+\n$/);
    expect(report.verdict).toContain(`(${code})`);
    const codes = report.faults.match(/(?<=\()\w+\/[\w-]+(?=\)$)/gm);
    expect(new Set(codes)).toEqual(new Set([code]));
    for (const table of tampered) {
      await alter(`delete from ${table}; insert into ${table} table kept.${table}`);
    }
  },
);

test.skipIf(missing !== null)(`names a log forked between two runs${skipped}`, async () => {
  // Put back, it is honest again: nothing above was named for what an earlier case had left.
  const { code, verdict } = await audit();
  expect({ code, verdict }).toEqual(honest);
  await server?.kill('SIGTERM');
  // The first receipts become the last: under the same key the log grows again, as its start finds
  // them waiting.
  const first = '(select min(transfer_id) from receipts)';
  await alter(`alter table transfers alter id set generated by default;
    alter table transfers disable trigger user;
    update transfers set id = id + 1000000 where id = ${first};
    update postings set transfer_id = transfer_id + 1000000 where transfer_id = ${first};
    update receipts set transfer_id = transfer_id + 1000000 where transfer_id = ${first};
    delete from account_days; update days_counted set transfer_id = 0;
    delete from log_groups; delete from log_tiles;
    update log_head set size = 0, signed_size = 0, checkpoint = null, root = sha256('');
    insert into log_queue select transfer_id, count(*) from receipts group by transfer_id`);
  await startServing();
  // Whoever remembers nothing sees a log that is sound in itself.
  const unremembered = await audit();
  expect({ code: unremembered.code, verdict: unremembered.verdict }).toEqual(honest);
  for (const remembered of ['checkpoint', 'early']) {
    const before = await readFile(inData(remembered));
    const report = await audit('--remember', inData(remembered));
    expect(report.code).toBe(1);
    expect(report.verdict).toMatch(/^Not honest: [^\n]+\(log\/forked\)\n$/);
    // The two signed notes are the evidence.
    expect(await readFile(inData(remembered))).toEqual(before);
    const latest = await fetch(new URL('/v1/log/checkpoint', address));
    expect(await readFile(inData(`${remembered}.forked`), 'utf8')).toBe(await latest.text());
  }
});
