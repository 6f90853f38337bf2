// How far the proof is and how long it will take: each backend's own pace over the work of the
// cases; those that have not begun are taken to be like those of their kind that have.
import { timeLeft } from '#cli/progress.ts';
import { rowCost } from '#model/cost.ts';
import { type Column, isWebgpu } from './backends.ts';
import type { ProofCase, Report } from './case.ts';

/**
 * Multiply-adds that take as long on a software GPU as opening any model, and as making one weight
 * and placing it. Only how the estimate runs depends on them.
 */
const openingCost = 50e6;
const weightCost = 10;

/** Multiply-adds of a token in the one case whose shape is read later: all-MiniLM-L6-v2. */
const tokenCost = 11e6;

function costOf({ source, rows }: ProofCase): number {
  if (source.kind === 'vector') return openingCost;
  if (source.kind === 'folder') return openingCost + tokenCost * rows.flat().length;
  const { config } = source;
  const { hiddenSize, intermediateSize, layers } = config;
  const weights = layers * (4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize);
  const computing = rows.reduce((sum, { length }) => sum + rowCost(config, length), 0);
  return openingCost + weightCost * weights + computing;
}

interface Run {
  isWebgpu: boolean;
  name: string;
  startedAt: number | null;
  /** The time of its last report. */
  heardAt: number;
  /** Work done, of 1. */
  share: number;
  answers: number;
  isOver: boolean;
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What a run takes in all, judged by its own pace; null where it has shown none. */
function wholeMs({ startedAt, heardAt, share }: Run): number | null {
  return startedAt === null || share === 0 ? null : (heardAt - startedAt) / share;
}

/** Milliseconds until the last of `runs` is done on `jobs` places; null while nothing is known. */
function msLeft(runs: readonly Run[], jobs: number, now: number): number | null {
  const known = runs.flatMap((run) => wholeMs(run) ?? []);
  if (known.length === 0) return null;
  const each = runs.flatMap((run) => {
    if (run.isOver) return [];
    const alike = runs.flatMap((one) =>
      one.isWebgpu === run.isWebgpu ? (wholeMs(one) ?? []) : [],
    );
    const whole = wholeMs(run) ?? mean(alike.length > 0 ? alike : known);
    return Math.max(0, whole - (run.startedAt === null ? 0 : now - run.startedAt));
  });
  return Math.max(0, ...each, each.reduce((sum, ms) => sum + ms, 0) / jobs);
}

export interface Forecast {
  start(column: number, now: number): void;
  hear(column: number, report: Report, now: number): void;
  /** One line: what is done, what runs, and how long the rest will take. */
  describe(now: number): string;
}

/** @param jobs backends that run at a time; times are milliseconds of one clock */
export function createForecast(
  cases: readonly ProofCase[],
  columns: readonly Column[],
  jobs: number,
): Forecast {
  const costs = cases.map(costOf);
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  const runs = columns.map((column): Run => {
    const { name } = column;
    const begun = { startedAt: null, heardAt: 0, share: 0, answers: 0, isOver: false };
    return { isWebgpu: isWebgpu(column), name, ...begun };
  });
  return {
    start(column, now) {
      runs[column].startedAt = now;
    },
    hear(column, report, now) {
      const run = runs[column];
      run.heardAt = now;
      run.isOver = report.kind === 'done' || report.kind === 'unavailable';
      if (!('index' in report)) return;
      run.share += costs[report.index] / total;
      run.answers++;
    },
    describe(now) {
      const over = runs.filter(({ isOver }) => isOver).length;
      const running = runs.filter(({ startedAt, isOver }) => startedAt !== null && !isOver);
      const left = msLeft(runs, jobs, now);
      const elapsed = now - Math.min(...runs.flatMap(({ startedAt }) => startedAt ?? []));
      return [
        `${over} of ${runs.length} backends`,
        ...(left === null ? [] : [timeLeft(elapsed, elapsed + left, elapsed)].filter(Boolean)),
        ...running.map(({ name, answers }) => `${name}: ${answers} of ${cases.length}`),
      ].join('; ');
    },
  };
}
