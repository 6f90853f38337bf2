// What the database says at a scrape, as gauges: sums over the batches table and counts over partial
// indexes, looked up at most once in a while, whoever asks.
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '#store/database.ts';
import type { BatchSums, Gauges } from '#store/operator-reads.ts';

/** Asked more often, the last answer is given again. */
const keptMs = 2_000;

export interface GaugeReader {
  read(): Promise<Gauges>;
}

export function createGaugeReader(
  database: Database,
  { now, liveMs }: { now(): number; liveMs: number },
): GaugeReader {
  let kept: { at: number; gauges: Promise<Gauges> } | null = null;
  return {
    read() {
      const at = now();
      if (kept && at - kept.at < keptMs && at >= kept.at) return kept.gauges;
      const gauges = database.run('readGauges', { liveSince: at - liveMs });
      kept = { at, gauges };
      gauges.catch(() => {
        kept = null;
      });
      return gauges;
    },
  };
}

/** Units of batches by state. Those that the coordinator arbitrates are among the open ones. */
export function sumUnits(batches: readonly BatchSums[]) {
  const sum = (field: Exclude<keyof BatchSums, 'status'>) =>
    batches.reduce((total, batch) => total + batch[field], 0);
  const [done, held, withdrawn] = [sum('units_done'), sum('units_held'), sum('units_withdrawn')];
  const open = sum('units_total') - done - held - withdrawn;
  return { open, held, done, withdrawn, rowsOpen: sum('rows_open') };
}

interface Sample {
  labels: Record<string, string>;
  value: number;
}

type Gauged = [name: string, help: string, read: (gauges: Gauges, now: number) => Sample[]];

const one = (value: number): Sample[] => [{ labels: {}, value }];

const gauged: Gauged[] = [
  [
    'idlewild_units',
    'Units by kind and state; of audits, those that nobody has leased yet.',
    ({ batches, auditsFresh }) => {
      const { open, held, done, withdrawn } = sumUnits(batches);
      const states = Object.entries({ open, held, done, withdrawn });
      return [
        ...states.map(([state, value]) => ({ labels: { kind: 'work', state }, value })),
        { labels: { kind: 'audit', state: 'fresh' }, value: auditsFresh },
      ];
    },
  ],
  [
    'idlewild_batches',
    'Batches by status.',
    ({ batches }) => batches.map(({ status, batches: value }) => ({ labels: { status }, value })),
  ],
  [
    'idlewild_audit_rows',
    'Rows drawn for audit: waiting for an audit unit, and all without a verdict.',
    ({ rowsWaiting, batches }) => [
      { labels: { state: 'waiting' }, value: rowsWaiting },
      { labels: { state: 'open' }, value: sumUnits(batches).rowsOpen },
    ],
  ],
  ['idlewild_leases_open', 'Leases without a result.', ({ leasesOpen }) => one(leasesOpen)],
  ['idlewild_contributors_live', 'Accounts that asked for work lately.', ({ live }) => one(live)],
  ['idlewild_contributors_banned', 'Accounts that get no work.', ({ banned }) => one(banned)],
  [
    'idlewild_receipts',
    'Receipts written: with their place in the log, and without.',
    ({ log }) => [
      { labels: { state: 'logged' }, value: log.size },
      { labels: { state: 'waiting' }, value: log.waiting },
    ],
  ],
  [
    'idlewild_log_size',
    "Leaves of the log's tree: as it is, as it was signed, as witnesses cosigned it.",
    ({ log }) => [
      { labels: { tree: 'appended' }, value: log.size },
      { labels: { tree: 'signed' }, value: log.signedSize },
      { labels: { tree: 'cosigned' }, value: log.cosignedSize },
    ],
  ],
  [
    'idlewild_log_lag_seconds',
    'Age of the oldest receipt that has no place in the log yet.',
    ({ log }, now) => one(log.oldestAt === null ? 0 : Math.max(0, now - log.oldestAt) / 1000),
  ],
];

/** Registers every gauge; the first that a scrape collects looks, the rest share its answer. */
export function registerGauges(registry: Registry, reader: GaugeReader, now: () => number): void {
  for (const [name, help, read] of gauged) {
    new Gauge({
      name,
      help,
      labelNames: labelsOf[name] ?? [],
      registers: [registry],
      async collect() {
        this.reset();
        for (const { labels, value } of read(await reader.read(), now())) this.set(labels, value);
      },
    });
  }
}

const labelsOf: Record<string, string[]> = {
  idlewild_units: ['kind', 'state'],
  idlewild_batches: ['status'],
  idlewild_audit_rows: ['state'],
  idlewild_receipts: ['state'],
  idlewild_log_size: ['tree'],
};
