// The picture of the work in words: its caption for everyone, and its name for those who do not
// see it.
import type { ContributorStatus, UnitProgress } from '#worker/status.ts';
import { formatCount, formatNoun, shorten } from './format.ts';

export function describeStrip({ unit, phase, totals }: ContributorStatus): string {
  if (unit) {
    const { layer, layers, done, total } = unit;
    const percent = total > 0 ? Math.floor((100 * done) / total) : 0;
    return (
      `Unit ${shorten(unit.unit)}: ${describeRows(unit)} at layer ` +
      `${Math.min(layer + 1, layers)} of ${layers}, ${percent}\u00a0% of its multiply-adds done.`
    );
  }
  if (phase === 'idle' && totals.accepted === 0) {
    return 'Nothing moves: no unit is on this machine. Each one accepted becomes a blade.';
  }
  return 'Nothing moves: no unit is on this machine now.';
}

/** Those of the slice just computed: a backend may take rows in groups through all layers. */
function describeRows({ rows, sliceRow, sliceRows }: UnitProgress): string {
  if (sliceRows >= rows) return formatNoun(rows, 'row');
  const last = Math.min(rows, sliceRow + sliceRows);
  const which = sliceRows <= 1 ? `row\u00a0${last}` : `rows\u00a0${sliceRow + 1}–${last}`;
  return `${which} of ${formatCount(rows)}`;
}

export function describeBlade(unitsPerMark: number): string {
  return unitsPerMark === 1 ? 'an accepted unit' : `${formatCount(unitsPerMark)} accepted units`;
}
