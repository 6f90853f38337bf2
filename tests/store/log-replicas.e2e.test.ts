// Two replicas on one PostgreSQL, each with a sequencer: one of them appends at a time, one that dies
// in the middle leaves nothing behind, and together they make one log.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendToLog } from '#store/log-append.ts';
import { openPostgres } from '#store/postgres.ts';
import { checkWhole, makeGroups, readHead } from './log-checks.ts';
import { Killed, type LabDatabase, openLab } from './log-lab.ts';
import { findPostgres, type PostgresServer } from './postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const server = found as PostgresServer;
let replicas: LabDatabase[] = [];

async function openReplica(url: string, isFirst: boolean): Promise<LabDatabase> {
  const engine = await openPostgres({ url, poolMax: 3 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return openLab(
    {
      transaction: (run) => engine.transaction('free', run),
      exec: (sql) => client.query(sql),
      async close() {
        await client.end();
        await engine.close();
      },
    },
    isFirst,
  );
}

beforeAll(async () => {
  if (missing) return;
  const url = await server.makeDatabase();
  replicas = [await openReplica(url, true), await openReplica(url, false)];
});
afterAll(async () => {
  for (const replica of replicas) await replica.close();
  if (!missing) await server.close();
});

test.skipIf(missing)(
  'while one appends, the other has nothing to do; if it dies, all',
  async () => {
    const [one, other] = replicas;
    const { group } = makeGroups(7);
    await one.step();
    await one.write(group());
    await other.write(group());
    const killed = one.run(async (inside) => {
      const mine = await appendToLog(inside, {});
      expect(mine.appended).toBeGreaterThan(0);
      // The head is locked: whoever comes now passes by, and waits for nobody.
      expect(await other.step()).toMatchObject({ appended: 0, unsigned: null });
      throw new Killed();
    });
    await expect(killed).rejects.toBeInstanceOf(Error);
    expect((await readHead(one)).size).toBe(0);
    expect((await other.step()).appended).toBeGreaterThan(0);
    await checkWhole(other, [await readHead(one)]);
  },
);

test.skipIf(missing)('side by side, under load, they make one log', async () => {
  const { group } = makeGroups(8);
  const published: Awaited<ReturnType<typeof readHead>>[] = [];
  const work = async (replica: LabDatabase) => {
    for (let round = 0; round < 40; round++) {
      await replica.write(group());
      await replica.step(5);
      published.push(await readHead(replica));
    }
  };
  await Promise.all(replicas.map(work));
  while ((await replicas[0].step()).more);
  await checkWhole(replicas[1], published);
});
