// What this process counts for Prometheus: calls, commits, decisions, the database's time. What is
// in the database is looked up at a scrape (gauges.ts). Nothing here decides anything.
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Tally } from '#store/tally.ts';

export interface Metrics {
  registry: Registry;
  request(call: { route: string; method: string; status: number; seconds: number }): void;
  /** One commit of contributors' calls. */
  commit(calls: number, seconds: number): void;
  database(operation: string, seconds: number, failed: boolean): void;
  /** What a commit decided. */
  count(tally: Tally): void;
  /** Results by verdict in each of the last minutes, the oldest first, the running one last. */
  verdictsAMinute(): { at: number; accepted: number; held: number; rejected: number }[];
}

const minutesKept = 60;
const minuteMs = 60_000;
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const sizeBuckets = [1, 2, 4, 8, 16, 32, 64];

const counters: Record<string, { name: string; help: string; label: string }> = {
  result: {
    name: 'idlewild_results_total',
    help: 'Results by what became of them: arrived, then pending, held, accepted or rejected.',
    label: 'verdict',
  },
  lease: {
    name: 'idlewild_leases_total',
    help: 'Leases granted, returned by their contributor, and expired.',
    label: 'fate',
  },
  connection: {
    name: 'idlewild_connections_refused_total',
    help: 'Connections closed at once, by the limit that they were over.',
    label: 'limit',
  },
  conviction: {
    name: 'idlewild_convictions_total',
    help: 'Accounts whose result was proved wrong, by what became of them.',
    label: 'outcome',
  },
};

let processMetrics: Registry | null = null;

/** The process's own, once a process: they hold observers that are never let go. */
export function readProcessMetrics(): Promise<string> {
  if (!processMetrics) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics });
  }
  return processMetrics.metrics();
}

function makeHistograms(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Histogram({
      name: 'idlewild_http_request_seconds',
      help: 'HTTP requests by route, method and status, until the last byte was sent.',
      labelNames: ['route', 'method', 'status'],
      buckets: secondsBuckets,
      registers,
    }),
    sizes: new Histogram({
      name: 'idlewild_commit_calls',
      help: "Contributors' calls that shared one commit.",
      buckets: sizeBuckets,
      registers,
    }),
    commits: new Histogram({
      name: 'idlewild_commit_seconds',
      help: "Commits of contributors' calls, verdicts and fsync included.",
      buckets: secondsBuckets,
      registers,
    }),
    operations: new Histogram({
      name: 'idlewild_database_seconds',
      help: 'Operations of the database, the wait for its thread included.',
      labelNames: ['operation', 'outcome'],
      buckets: secondsBuckets,
      registers,
    }),
  };
}

function makeCounters(registry: Registry) {
  const made = Object.entries(counters).map(([what, { name, help, label }]) => {
    const counter = new Counter({ name, help, labelNames: [label], registers: [registry] });
    return [what, (which: string, more: number) => counter.inc({ [label]: which }, more)] as const;
  });
  return new Map(made);
}

export function createMetrics(now: () => number): Metrics {
  const registry = new Registry();
  const { requests, sizes, commits, operations } = makeHistograms(registry);
  const counts = makeCounters(registry);
  const history = createHistory(now);
  return {
    registry,
    request({ route, method, status, seconds }) {
      requests.observe({ route, method, status }, seconds);
    },
    commit(calls, seconds) {
      sizes.observe(calls);
      commits.observe(seconds);
    },
    database(operation, seconds, failed) {
      operations.observe({ operation, outcome: failed ? 'failed' : 'done' }, seconds);
    },
    count(tally) {
      for (const [name, more] of Object.entries(tally)) {
        const [what, which] = name.split(' ');
        counts.get(what)?.(which, more);
        if (what === 'result') history.add(which, more);
      }
    },
    verdictsAMinute: history.read,
  };
}

const charted = ['accepted', 'held', 'rejected'] as const;
type Minute = Record<(typeof charted)[number], number>;

function createHistory(now: () => number) {
  const minutes = new Map<number, Minute>();
  const isCharted = (verdict: string): verdict is keyof Minute =>
    (charted as readonly string[]).includes(verdict);
  return {
    add(verdict: string, more: number): void {
      if (!isCharted(verdict)) return;
      const at = Math.floor(now() / minuteMs);
      const minute = minutes.get(at) ?? { accepted: 0, held: 0, rejected: 0 };
      minute[verdict] += more;
      minutes.set(at, minute);
      for (const old of minutes.keys()) if (old <= at - minutesKept) minutes.delete(old);
    },
    read() {
      const last = Math.floor(now() / minuteMs);
      return Array.from({ length: minutesKept }, (_, index) => {
        const at = last - minutesKept + 1 + index;
        const minute = minutes.get(at) ?? { accepted: 0, held: 0, rejected: 0 };
        return { at: at * minuteMs, ...minute };
      });
    },
  };
}
