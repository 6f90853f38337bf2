// The load generator, a process of its own: contributors that call as fast as they are answered.
// coordinator.ts forks it, tells it what to do and counts its CPU time apart.
import { BenchContributor } from './coordinator-contributor.ts';
import { prepareDigests } from './coordinator-inputs.ts';
import { openConnection } from './http-connection.ts';

export type LoadOrder =
  | { kind: 'prepare'; model: Uint8Array<ArrayBuffer>; units: number; words: number }
  | { kind: 'open'; origin: string; contributors: number; words: number }
  /** Runs until time or results are over. */
  | { kind: 'run'; ms: number; resultsMax: number; perCall: number };

export interface LoadReport {
  accepted: number;
  /** Results brought, whatever became of them: more than accepted while the held ones grow. */
  brought: number;
  /** Results accepted a second, by slice of time. */
  slices: number[];
  ms: number;
  calls: number;
  /** Milliseconds of a call, at the median and at 99 of 100. */
  latencyMs: { median: number; p99: number };
}

type LoadReply = { report: LoadReport } | { failed: string };

const sliceMs = 500;
/** Wallets sign and sessions open so many at a time. */
const openAtOnce = 16;

let crew: BenchContributor[] = [];
let digests: ReadonlyMap<string, Uint8Array> = new Map();

const sumAccepted = () => crew.reduce((sum, { accepted }) => sum + accepted, 0);

async function open(order: Extract<LoadOrder, { kind: 'open' }>): Promise<void> {
  const { origin, contributors, words } = order;
  crew = [];
  for (let at = 0; at < contributors; at += openAtOnce) {
    const count = Math.min(openAtOnce, contributors - at);
    const fresh = Array.from({ length: count }, async (_, i) => {
      const id = 1 + at + i;
      const address = `10.${id >> 16}.${(id >> 8) & 255}.${id & 255}`;
      const connection = await openConnection({ origin, address });
      const contributor = new BenchContributor(connection, words, digests);
      await contributor.open(id);
      return contributor;
    });
    crew.push(...(await Promise.all(fresh)));
  }
}

async function drive(perCall: number, goesOn: () => boolean) {
  const latencies: number[] = [];
  let brought = 0;
  const start = performance.now();
  await Promise.all(
    crew.map(async (contributor) => {
      while (goesOn()) {
        const from = performance.now();
        const results = await contributor.turn(perCall);
        brought += results;
        latencies.push(performance.now() - from);
      }
    }),
  );
  latencies.sort((a, b) => a - b);
  return { latencies, brought, ms: performance.now() - start };
}

async function run({ ms, resultsMax, perCall }: Extract<LoadOrder, { kind: 'run' }>) {
  const before = sumAccepted();
  const start = performance.now();
  const slices: number[] = [];
  let last = before;
  const timer = setInterval(() => {
    const now = sumAccepted();
    slices.push(((now - last) * 1000) / sliceMs);
    last = now;
  }, sliceMs);
  const goesOn = () => performance.now() - start < ms && last - before < resultsMax;
  const driven = await drive(perCall, goesOn);
  clearInterval(timer);
  const { latencies } = driven;
  return {
    accepted: sumAccepted() - before,
    brought: driven.brought,
    slices,
    ms: driven.ms,
    calls: latencies.length,
    latencyMs: {
      median: latencies[latencies.length >> 1] ?? 0,
      p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    },
  } satisfies LoadReport;
}

const nothing: LoadReport = {
  accepted: 0,
  brought: 0,
  slices: [],
  ms: 0,
  calls: 0,
  latencyMs: { median: 0, p99: 0 },
};

async function obey(order: LoadOrder): Promise<LoadReport> {
  if (order.kind === 'run') return run(order);
  if (order.kind === 'prepare') digests = prepareDigests(order.model, order.units, order.words);
  else await open(order);
  return nothing;
}

process.on('message', async (order: LoadOrder) => {
  const tell = (reply: LoadReply) => process.send?.(reply);
  try {
    tell({ report: await obey(order) });
  } catch (thrown) {
    tell({ failed: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
  }
});
