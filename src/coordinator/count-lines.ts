// Lines that one unit completes alone.
import type { PlannedLine, RowPlace } from './plan-batch.ts';

/** Lines whose every input lies in this unit: they are complete when it is. */
export function countLinesAlone(lines: readonly PlannedLine[], places: RowPlace[]): number {
  const inputs = new Map<number, number>();
  for (const [line] of places) inputs.set(line, (inputs.get(line) ?? 0) + 1);
  return [...inputs].filter(([line, count]) => count === lines[line].inputs).length;
}
