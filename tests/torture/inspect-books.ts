// The books of a coordinator that has stopped, read from its own database: the coordinator's check,
// and a few questions that it does not ask itself.
import path from 'node:path';
import pg from 'pg';
import { openDatabase } from '#store/database.ts';
import { openDurable } from '#store/durable-file-system.ts';

/** Each finds rows that must not exist once every batch is complete. */
const questions: Record<string, string> = {
  'a result credited twice': `select lease_id from receipts where kind = 'credited'
    group by lease_id having count(*) > 1`,
  'a unit credited twice to one account': `select unit_id, account_id from results where state = 1
    group by 1, 2 having count(*) > 1`,
  'a unit that is stuck': 'select id from units where kind = 0 and state <> 2',
  'a finished unit without a receipt': `select id from units where kind = 0 and state = 2
    and not exists (select from receipts where receipts.unit_id = units.id)`,
  'a batch that is not over': `select id from batches where status <> 'completed'`,
  'a contributor suspended': 'select id from accounts where suspended_at is not null',
  'a conviction': 'select id from convictions',
};

export interface InspectedBooks {
  receipts: number;
  wrong: string[];
}

type Ask = (sql: string) => Promise<unknown[]>;

async function askAll(ask: Ask): Promise<string[]> {
  const wrong: string[] = [];
  for (const [what, sql] of Object.entries(questions)) {
    const rows = await ask(sql);
    if (rows.length > 0) wrong.push(`${what}, ${rows.length} times`);
  }
  return wrong;
}

async function askEmbedded(dataFolder: string): Promise<string[]> {
  const database = await openDurable(path.join(dataFolder, 'database'));
  try {
    return await askAll(async (sql) => (await database.query(sql)).rows);
  } finally {
    await database.close();
  }
}

async function askPostgres(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await askAll(async (sql) => (await client.query(sql)).rows);
  } finally {
    await client.end();
  }
}

export async function inspectBooks(
  dataFolder: string,
  databaseUrl: string | null,
): Promise<InspectedBooks> {
  const wrong = await (databaseUrl ? askPostgres(databaseUrl) : askEmbedded(dataFolder));
  const database = await openDatabase(dataFolder, {
    ...(databaseUrl && { url: databaseUrl }),
  });
  try {
    const { receipts } = await database.run('checkBooks', null);
    return { receipts, wrong };
  } catch (thrown) {
    return { receipts: 0, wrong: [...wrong, (thrown as Error).message] };
  } finally {
    await database.close();
  }
}
