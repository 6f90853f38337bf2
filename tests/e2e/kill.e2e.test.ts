// The coordinator is killed with SIGKILL in the middle of a batch and started again, twice: the
// batch completes to the honest bytes, and every credit is there once.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { expect, test } from 'vitest';
import { runAudit } from '#cli/audit.ts';
import {
  batchFile,
  deliveredDigest,
  expectedDigest,
  importTestModel,
  modelFolder,
  requesterOf,
} from './moby-dick-batch.ts';
import { contribute } from './node-contributor.ts';
import { freePort, type ServeProcess, serve } from './serve-process.ts';

const sentences = 320;

interface Credits {
  unbalanced: number;
  receipts: number;
  firstGap: number;
  acceptedResults: number;
  unpaidUnits: number;
  doublyPaid: number;
  accountsOff: number;
}

/** What must be zero, or equal, in any honest book. */
const creditsQuery = `
  select
    (select count(*)::int from
      (select transfer_id from postings group by 1 having sum(amount) <> 0) t) as "unbalanced",
    (select count(*)::int from receipts) as "receipts",
    (select count(*)::int from receipts r where ordinal > 0 and not exists (select from receipts p
      where p.transfer_id = r.transfer_id and p.ordinal = r.ordinal - 1)) as "firstGap",
    (select count(*)::int from results where state = 1) as "acceptedResults",
    (select count(*)::int from units u where (kind = 0 and state <> 2)
      or (state = 2 and not exists (select from receipts r where r.unit_id = u.id))) as "unpaidUnits",
    (select count(*)::int from
      (select unit_id, account_id from results where state = 1 group by 1, 2
        having count(*) > 1) t) as "doublyPaid",
    (select count(*)::int from accounts a where credit <>
      (select coalesce(sum(p.amount), 0) from postings p
        where p.account = 'contributor:' || a.id || ':earned')) as "accountsOff"`;

async function readCredits(dataFolder: string): Promise<Credits> {
  const database = await PGlite.create(path.join(dataFolder, 'database'));
  try {
    return (await database.query<Credits>(creditsQuery)).rows[0];
  } finally {
    await database.close();
  }
}

/** Each audit demands that the log continues the one of the audit before. */
function auditAt(coordinator: string, dataFolder: string) {
  const remember = `${dataFolder}-checkpoint`;
  return runAudit({ coordinator, recompute: 0, remember });
}

test('a coordinator killed in the middle of a batch finishes it, every credit once', async () => {
  await importTestModel();
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'idlewild-kill-'));
  const options = { dataFolder, model: modelFolder, port: await freePort() };
  let server: ServeProcess = await serve(options);
  const crew: Awaited<ReturnType<typeof contribute>>[] = [];
  try {
    const requester = requesterOf(server.origin, server.apiKey);
    const fileId = await requester.upload(batchFile(sentences), 'kill.jsonl');
    const { id, x_units } = await requester.createBatch(fileId);
    expect(x_units.completed).toBe(0);
    crew.push(await contribute(server.origin), await contribute(server.origin));
    for (const units of [2, 5]) {
      await crew[0].until((status) => status.totals.accepted >= units);
      await server.kill('SIGKILL');
      server = await serve(options);
      expect(server.apiKey).toBeNull();
      expect((await auditAt(server.origin, dataFolder)).faults).toEqual([]);
    }
    const batch = await requester.waitForBatch(id, () => {});
    expect(batch.status).toBe('completed');
    const delivered = await deliveredDigest(requester, batch.output_file_id ?? '');
    expect(delivered.lines).toBe(sentences);
    expect(delivered.digest).toBe(await expectedDigest(sentences));
    await Promise.all(crew.map((contributor) => contributor.stop()));
    expect((await auditAt(server.origin, dataFolder)).honest).toBe(true);
    await server.kill('SIGTERM');

    const credits = await readCredits(dataFolder);
    expect(credits).toEqual({
      unbalanced: 0,
      receipts: credits.acceptedResults,
      firstGap: 0,
      acceptedResults: credits.receipts,
      unpaidUnits: 0,
      doublyPaid: 0,
      accountsOff: 0,
    });
    expect(credits.receipts).toBeGreaterThanOrEqual(batch.x_units.total);
  } finally {
    await Promise.all(crew.map((contributor) => contributor.stop()));
    await server.kill('SIGKILL');
    await rm(dataFolder, { recursive: true, force: true });
    await rm(`${dataFolder}-checkpoint`, { force: true });
  }
});
