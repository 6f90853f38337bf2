// The upper part of the picture: one thread per row of the unit, one column per layer. A thread is
// drawn as far as its row was computed. Ink, not green: nothing here is verified yet.
import { formatCount } from '#words/format.ts';
import { say } from '#words/say.ts';
import type { Scene } from './strip.ts';

const loomShare = 0.6;
const labelHeight = 22;
const threadGapMax = 9;
const headLength = 9;

export function drawLoom(
  context: CanvasRenderingContext2D,
  scene: Scene,
  color: (name: string) => string,
): void {
  const { width, height, layers, passed, slice, isMirrored } = scene;
  const left = columnMargin(width);
  const right = width - left;
  const top = labelHeight + 6;
  const bottom = height * loomShare - 10;
  /** The first layer stands where words begin. */
  const begin = isMirrored ? right : left;
  const onward = isMirrored ? -1 : 1;
  const columnOf = (layer: number) => begin + (onward * (right - left) * layer) / layers;
  const gap = Math.min(threadGapMax, (bottom - top) / Math.max(1, passed.length));
  const start = top + (bottom - top - gap * (passed.length - 1)) / 2;

  drawColumns(context, { layers, columnOf, top: top - 6, bottom: bottom + 6, color });
  passed.forEach((share, row) => {
    const y = Math.round(start + row * gap) + 0.5;
    const x = columnOf(share);
    context.lineWidth = 1;
    context.strokeStyle = color('--thread');
    line(context, left, right, y);
    if (share <= 0) return;
    const fresh = slice !== null && row >= slice.from && row < slice.to;
    context.strokeStyle = color(fresh ? '--soft' : '--rule');
    line(context, begin, x, y);
    context.fillStyle = color(fresh ? '--ink' : '--soft');
    const thick = Math.min(3, Math.max(1.5, gap - 2));
    const head = isMirrored ? Math.min(right - headLength, x) : Math.max(left, x - headLength);
    context.fillRect(head, y - thick / 2, headLength, thick);
  });
}

/** Where .band begins in base.css: the columns stand in line with the words. */
function columnMargin(width: number): number {
  return Math.max(0, (width - 1340) / 2) + Math.min(84, Math.max(20, width * 0.05));
}

interface Columns {
  layers: number;
  columnOf(layer: number): number;
  top: number;
  bottom: number;
  color(name: string): string;
}

function drawColumns(context: CanvasRenderingContext2D, columns: Columns): void {
  const { layers, columnOf, top, bottom, color } = columns;
  context.font = `12px ${color('--sans')}`;
  context.textBaseline = 'alphabetic';
  context.textAlign = 'center';
  context.lineWidth = 1;
  const apart = Math.abs(columnOf(1) - columnOf(0));
  const every = Math.ceil(26 / Math.max(1, apart));
  const nameOf = (layer: number) =>
    apart > 70 ? say('strip.layer', { layer }) : formatCount(layer);
  for (let layer = 0; layer <= layers; layer++) {
    const x = Math.round(columnOf(layer)) + 0.5;
    context.strokeStyle = color('--rule');
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, bottom);
    context.stroke();
    if (layer < layers && layer % every === 0) {
      context.fillStyle = color('--soft');
      context.fillText(nameOf(layer + 1), columnOf(layer + 0.5), top - 8);
    }
  }
}

function line(context: CanvasRenderingContext2D, from: number, to: number, y: number): void {
  context.beginPath();
  context.moveTo(from, y);
  context.lineTo(to, y);
  context.stroke();
}
