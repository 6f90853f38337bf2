// The idle of the coordinator's bench, a process of its own: each has a session and a connection, asks
// for work when its last answer said so, and is given none. coordinator-idle.ts forks it.
import { BenchContributor } from './coordinator-contributor.ts';
import { openConnection } from './http-connection.ts';

export type IdleOrder =
  /** Done once all are in; each begins to ask as soon as it is. */
  | { kind: 'open'; origin: string; contributors: number; words: number }
  | { kind: 'watch'; ms: number };

export interface IdleReport {
  calls: number;
  /** Calls refused as too many at once: such a caller backs off, as a contributor does. */
  refused: number;
  ms: number;
  latencyMs: { median: number; p99: number };
  /** Of what the answers said until the next call, milliseconds. */
  retryAfterMs: { median: number; most: number };
}

type IdleReply = { report: IdleReport } | { failed: string };

/** Wallets sign and sessions open so many at a time. */
const openAtOnce = 16;
const backoffMs = 500;
const backoffMsMax = 60_000;

let latencies: number[] = [];
let waits: number[] = [];
let refused = 0;

/** Sent to nobody: an idle contributor has no result to work out. */
const digests = new Map<string, Uint8Array>();

async function ask(contributor: BenchContributor, failures: number): Promise<void> {
  const from = performance.now();
  let retryMs = Math.min(backoffMs * 2 ** failures, backoffMsMax);
  let failed = failures + 1;
  try {
    await contributor.turn(1);
    latencies.push(performance.now() - from);
    waits.push(contributor.retryAfterMs);
    retryMs = contributor.retryAfterMs;
    failed = 0;
  } catch (thrown) {
    if (!String(thrown).includes('coordinator/busy')) throw thrown;
    refused++;
  }
  setTimeout(() => void ask(contributor, failed), retryMs);
}

async function open(order: Extract<IdleOrder, { kind: 'open' }>): Promise<void> {
  const { origin, contributors, words } = order;
  let next = 1;
  const openSome = async () => {
    while (next <= contributors) {
      const id = next++;
      const address = `10.${id >> 16}.${(id >> 8) & 255}.${id & 255}`;
      const connection = await openConnection({ origin, address });
      const contributor = new BenchContributor(connection, words, digests);
      await contributor.open(id);
      void ask(contributor, 0);
    }
  };
  await Promise.all(Array.from({ length: openAtOnce }, openSome));
}

/** @param share 0 is the least, 1 the most */
function rank(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

async function watch(ms: number): Promise<IdleReport> {
  [latencies, waits, refused] = [[], [], 0];
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return {
    calls: latencies.length,
    refused,
    ms: performance.now() - start,
    latencyMs: { median: rank(latencies, 0.5), p99: rank(latencies, 0.99) },
    retryAfterMs: { median: rank(waits, 0.5), most: rank(waits, 1) },
  };
}

process.on('message', async (order: IdleOrder) => {
  const tell = (reply: IdleReply) => process.send?.(reply);
  try {
    if (order.kind === 'open') await open(order);
    tell({ report: await watch(order.kind === 'watch' ? order.ms : 0) });
  } catch (thrown) {
    tell({ failed: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
  }
});
