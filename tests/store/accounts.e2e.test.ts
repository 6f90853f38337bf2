// Accounts on PGlite and on a real PostgreSQL: the same answers, and the same in the tables after a
// binding and a deletion.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import { openDurable } from '#store/durable-file-system.ts';
import { bind, deletePerson, makeBinding, readAccount } from '../coordinator/account-lab.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { findPostgres } from './postgres-server.ts';

const postgres = await findPostgres();
afterAll(async () => {
  if ('close' in postgres) await postgres.close();
});

const dayMs = 24 * 3_600_000;
const lines = makeTexts(40).map((text, i) => embedLine(`${i}`, text));

type Ask = (sql: string) => Promise<Record<string, unknown>[]>;

async function askTables<Value>(
  site: TestSite,
  url: string | null,
  ask: (query: Ask) => Promise<Value>,
): Promise<Value> {
  if (url === null) {
    const database = await openDurable(path.join(site.dataFolder, 'database'));
    const query: Ask = async (sql) => (await database.query<Record<string, unknown>>(sql)).rows;
    return ask(query).finally(() => database.close());
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return ask(async (sql) => (await client.query(sql)).rows).finally(() => client.end());
}

/** A device account works two days, is bound, and is deleted with its wallet in mid-batch. */
async function live(site: TestSite) {
  const key = site.coordinator.apiKey ?? site.apiKey;
  const [device, wallet, other] = [
    await site.contributor(),
    await site.contributor(),
    await site.contributor(),
  ];
  const names = new Map([device, wallet, other].map(({ address }, i) => [address, 'dwo'[i]]));
  const first = await site.submit(lines, key);
  for (let i = 0; i < 2; i++) for (const one of [device, other]) await one.turn();
  await site.coordinator.settle();
  expect((await site.batch(first, key)).status).toBe('completed');
  site.clock.now += dayMs;
  for (const one of [device, wallet, other]) await one.open();
  const second = await site.submit(lines, key);
  for (const one of [device, other]) await one.turn();
  await wallet.work();
  await bind(device, await makeBinding(device, wallet.signer));
  const { account: _, boundTo, ...read } = await readAccount(wallet);
  await deletePerson(wallet);
  await site.coordinator.settle();
  const { totals } = await wallet.work();
  const books = await site.coordinator.checkBooks();
  return { names, second, key, said: { boundTo, ...read, totals, receipts: books.receipts } };
}

async function lookAt(site: TestSite, url: string | null, names: Map<string, string>) {
  const rows = await askTables(site, url, async (query) => ({
    sessions: await query(`select account_id, adapter, address <> '' as known,
      consent_withdrawn_at is not null as withdrawn, count(*)::int as count
      from sessions group by 1, 2, 3, 4`),
    leases: await query(`select account_id, state, address <> '' as known, count(*)::int as count
      from leases group by 1, 2, 3`),
    bindings: await query(`select device, wallet, length(device_signature) as one,
      length(wallet_signature) as two from bindings`),
    erasures: await query('select account_id, left_unit from erasures'),
  }));
  const text = JSON.stringify(rows, (_, value) => names.get(value) ?? value);
  const { sessions, leases, erasures, ...rest } = JSON.parse(text);
  const sorted = (list: unknown[]) => list.map((row) => JSON.stringify(row)).sort();
  const lists = { sessions: sorted(sessions), leases: sorted(leases), erasures: sorted(erasures) };
  return { ...rest, ...lists };
}

async function spend(url: string | null) {
  const site = await startTestSite(url === null ? {} : { databaseUrl: url });
  if (url !== null) await rm(path.join(site.dataFolder, 'database'), { recursive: true });
  const { names, second, key, said } = await live(site);
  await site.coordinator.close();
  const during = await lookAt(site, url, names);
  await site.reopen().catch(() => {});
  await site.post(`/v1/batches/${second}/cancel`, {}, { key });
  site.clock.now += 2 * 3_600_000;
  for (let i = 0; i < 3; i++) await site.coordinator.settle();
  await site.coordinator.checkBooks();
  await site.coordinator.close();
  const after = await lookAt(site, url, names);
  await site.close();
  return { said, during, after };
}

test('a deleted account leaves its receipts, and no address once its batches are over', async () => {
  const { said, during, after } = await spend(null);
  expect(said).toMatchObject({
    boundTo: null,
    history: [{ accepted: 2 }, { accepted: 1 }],
    consent: { version: CONSENT_VERSION },
    totals: { accepted: 3, pending: 0 },
  });
  expect(during.sessions).toEqual([
    '{"account_id":"d","adapter":"","known":false,"withdrawn":true,"count":2}',
    '{"account_id":"o","adapter":"the oracle","known":true,"withdrawn":false,"count":2}',
    '{"account_id":"w","adapter":"","known":false,"withdrawn":true,"count":2}',
  ]);
  expect(during.bindings).toEqual([{ device: 'd', wallet: 'w', one: 65, two: 65 }]);
  // What is under way keeps its address, which keeps strangers apart; the rest has lost it.
  expect(during.leases).toContain('{"account_id":"d","state":1,"known":false,"count":2}');
  expect(during.leases).toContain('{"account_id":"d","state":1,"known":true,"count":1}');
  expect(during.erasures).toHaveLength(2);
  expect(after.erasures).toEqual([]);
  expect(after.leases.filter((row: string) => row.includes('"known":true'))).toEqual([
    '{"account_id":"o","state":1,"known":true,"count":3}',
  ]);
  if ('missing' in postgres) return;
  expect(await spend(await postgres.makeDatabase())).toEqual({ said, during, after });
});
