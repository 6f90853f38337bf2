// Runs every case on every backend and judges them. main.ts prints what comes out; a test runs a
// small sweep of it.
import { describeMachine } from '../bench/report.ts';
import type { Column } from './backends.ts';
import type { ProofCase } from './case.ts';
import { judge, type Proof } from './compare.ts';
import { createHosts } from './hosts.ts';
import { createSeat, hear, type Seat } from './seat.ts';

export interface ProveOptions {
  seed: number;
  cases: readonly ProofCase[];
  /** The oracle first. */
  columns: readonly Column[];
  onProgress?: (line: string) => void;
}

export async function prove({ seed, cases, columns, onProgress }: ProveOptions): Promise<Proof> {
  const hosts = createHosts();
  const seats: Seat[] = [];
  try {
    for (const [turn, column] of columns.entries()) {
      const seat = createSeat(column.name, cases.length);
      seats.push(seat);
      onProgress?.(`${column.name}: starting`);
      await hosts.run(column, {
        cases,
        turn,
        report(one) {
          hear(seat, one);
          if ('index' in one) {
            onProgress?.(`${column.name}: ${one.index + 1} of ${cases.length}`);
          }
        },
      });
    }
  } finally {
    await hosts.close();
  }
  return judge(cases, seats, { machine: describeMachine(), seed });
}
