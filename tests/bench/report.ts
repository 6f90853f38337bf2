// The shape of every benchmark's report, machine-readable so that anyone can compare.
import os from 'node:os';
import { table } from '#cli/progress.ts';

export interface BenchRow {
  case: string;
  unit: string;
  ours: number;
  /** Null where there is no rival. */
  rival: number | null;
  rivalName: string | null;
  /** Above 1 means that we are ahead. */
  ratio: number | null;
  /** Relative spread of the ratio over repetitions; null where a figure does not vary. */
  spread: number | null;
}

export interface BenchReport {
  bench: string;
  machine: string;
  rows: BenchRow[];
}

export function describeMachine(): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus[0]?.model.trim()} × ${cpus.length}, ${memory} GiB, Node ${process.versions.node}`;
}

const shown = (value: number | string | null) => (value === null ? '—' : String(value));

export function printBench({ bench, machine, rows }: BenchReport): void {
  const head = ['case', 'unit', 'ours', 'rival', 'rival is', 'ratio', 'spread'];
  const cells = rows.map((row) => [
    row.case,
    row.unit,
    shown(row.ours),
    shown(row.rival),
    shown(row.rivalName),
    shown(row.ratio),
    shown(row.spread),
  ]);
  process.stdout.write(`${bench}, on ${machine}\n\n${table([head, ...cells])}\n`);
}
