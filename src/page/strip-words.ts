// The picture of the work in words: its caption for everyone, and its name for those who do not
// see it.

import { formatPercent, shorten } from '#words/format.ts';
import { count, say } from '#words/say.ts';
import type { ContributorStatus, UnitProgress } from '#worker/status.ts';

export function describeStrip({ unit, phase, totals }: ContributorStatus): string {
  if (unit) {
    const { layer, layers, done, total } = unit;
    return say('strip.unit', {
      unit: shorten(unit.unit),
      rows: describeRows(unit),
      layer: Math.min(layer + 1, layers),
      layers,
      percent: formatPercent(total > 0 ? Math.floor((100 * done) / total) : 0),
    });
  }
  return phase === 'idle' && totals.accepted === 0 ? say('strip.idle') : say('strip.rest');
}

/** Those of the slice just computed: a backend may take rows in groups through all layers. */
function describeRows({ rows, sliceRow, sliceRows }: UnitProgress): string {
  if (sliceRows >= rows) return count('count.rows', rows);
  const last = Math.min(rows, sliceRow + sliceRows);
  return sliceRows <= 1
    ? say('strip.row', { row: last, rows })
    : say('strip.rows', { from: sliceRow + 1, to: last, rows });
}

export function describeBlade(unitsPerMark: number): string {
  return count('strip.blade', unitsPerMark);
}
