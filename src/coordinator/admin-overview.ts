// Everything that the admin page shows, in one answer: what waits, who computes, what was decided,
// and the books' sums.
import type { Context } from './context.ts';
import { sumUnits } from './gauges.ts';

const batchesShown = 50;
const contributorsShown = 100;
const convictionsShown = 20;
const actsShown = 20;
/** The sums go through the accounts: not at every look of every page. */
const totalsKeptMs = 10_000;

export interface OverviewReader {
  read(): Promise<object>;
}

export function createOverviewReader(context: Context): OverviewReader {
  const { database, now } = context;
  let totals: { at: number; read: Promise<object> } | null = null;
  function readTotals(): Promise<object> {
    const at = now();
    if (totals && at - totals.at < totalsKeptMs && at >= totals.at) return totals.read;
    const read = database.run('readLedgerTotals', null);
    totals = { at, read };
    read.catch(() => {
      totals = null;
    });
    return read;
  }
  return {
    async read() {
      const gauges = await context.gauges.read();
      const { leasesOpen, auditsFresh, rowsWaiting, live, banned, log } = gauges;
      return {
        now: now(),
        project: (await context.projects.main()).name,
        laboratory: context.laboratory,
        queue: {
          units: sumUnits(gauges.batches),
          statuses: Object.fromEntries(gauges.batches.map((sums) => [sums.status, sums.batches])),
          leasesOpen,
          auditsFresh,
          rowsWaiting,
        },
        batches: await database.run('listAllBatches', { limit: batchesShown }),
        contributors: { live, banned, listed: await listContributors(context) },
        convictions: await database.run('listConvictions', { limit: convictionsShown }),
        verdicts: context.metrics.verdictsAMinute(),
        models: listModels(context),
        ledger: await readTotals(),
        log: { ...log, origin: context.receiptLog.origin },
        acts: await database.run('listActs', { limit: actsShown }),
      };
    },
  };
}

async function listContributors({ database, speeds, now, waits }: Context) {
  const rows = await database.run('listContributors', { limit: contributorsShown });
  return rows.map(({ last_wanted_at: lastWantedAt, ...row }) => ({
    ...row,
    live: lastWantedAt > 0 && now() - lastWantedAt <= waits.liveMs,
    seenAt: lastWantedAt || null,
    speed: speeds.of(row.id),
  }));
}

function listModels({ models }: Context) {
  return models.list().map(({ id, name, manifest }) => ({
    id,
    name,
    licence: manifest.licence,
    shards: manifest.shards.length,
    bytes: manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0),
  }));
}
