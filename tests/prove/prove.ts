// Runs every case on every backend, several backends side by side, and judges them. main.ts prints
// what comes out; a test runs a small sweep of it.
import { describeMachine } from '../bench/report.ts';
import { type Column, isWebgpu } from './backends.ts';
import type { ProofCase } from './case.ts';
import { judge, type Proof } from './compare.ts';
import { createForecast } from './forecast.ts';
import { createHosts } from './hosts.ts';
import { createSeat, hear } from './seat.ts';

export interface ProveOptions {
  seed: number;
  cases: readonly ProofCase[];
  /** The oracle first. */
  columns: readonly Column[];
  /** Backends that run at a time. */
  jobs: number;
  onProgress?: (line: string) => void;
}

/**
 * This machine's own GPU first: it may be missing, and then counts no more in what is left. Then the
 * slowest, so that no long one is left over when all others are done.
 */
function inRunningOrder(columns: readonly Column[]): number[] {
  const rank = (column: Column) => (column.host === 'system' ? 0 : isWebgpu(column) ? 1 : 2);
  const order = columns.map((_, index) => index);
  return order.sort((a, b) => rank(columns[a]) - rank(columns[b]));
}

export async function prove(options: ProveOptions): Promise<Proof> {
  const { seed, cases, columns, jobs, onProgress } = options;
  const hosts = await createHosts();
  const seats = columns.map(({ name }) => createSeat(name, cases.length));
  const forecast = createForecast(cases, columns, jobs);
  // One list for all places: each takes the next.
  const waiting = inRunningOrder(columns).values();
  const say = () => onProgress?.(forecast.describe(performance.now()));
  const runWaiting = async () => {
    for (const turn of waiting) {
      forecast.start(turn, performance.now());
      say();
      await hosts.run(columns[turn], {
        cases,
        turn,
        report(one) {
          hear(seats[turn], one);
          forecast.hear(turn, one, performance.now());
          say();
        },
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, runWaiting));
  } finally {
    await hosts.close();
  }
  return judge(cases, seats, { machine: describeMachine(), seed });
}
