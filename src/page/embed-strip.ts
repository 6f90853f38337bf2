// The picture of the work at the widget's size, some 60 pixels high: the same rows, layers and
// field as the page's (strip.ts moves it), without labels and with marks that stay apart.
import type { Scene } from './strip.ts';
import { placeOf, roomOf, varietyOf } from './strip-model.ts';

const edge = 12;
const top = 3;
/** Where the field's ground lies, above the lower edge: room for a cross under it. */
const groundBelow = 8;
const bladeHeightMin = 4;
const headLength = 7;
/** Closer together, threads would be one grey area. */
const threadGapMin = 2.5;

type Color = (name: string) => string;

export function drawSmallStrip(
  context: CanvasRenderingContext2D,
  scene: Scene,
  color: Color,
): void {
  const ground = Math.round(scene.height - groundBelow);
  context.save();
  if (scene.isMirrored) {
    // The first layer stands where lines begin.
    context.translate(scene.width, 0);
    context.scale(-1, 1);
  }
  drawRows(context, { scene, color, bottom: ground - Math.max(14, scene.height * 0.2) });
  drawGround(context, { scene, color, ground });
  context.restore();
}

interface Rows {
  scene: Scene;
  color: Color;
  bottom: number;
}

function drawRows(context: CanvasRenderingContext2D, { scene, color, bottom }: Rows): void {
  const { width, layers, passed, slice } = scene;
  const across = (layer: number) => edge + ((width - 2 * edge) * layer) / layers;
  context.fillStyle = color('--rule');
  for (let layer = 0; layer <= layers; layer++) {
    context.fillRect(Math.round(across(layer)), top, 1, bottom - top);
  }
  const gap = Math.min(6, (bottom - top) / Math.max(1, passed.length));
  const start = top + (bottom - top - gap * passed.length) / 2;
  const thick = Math.min(2, Math.max(0.75, gap - 0.5));
  passed.forEach((share, row) => {
    const y = start + (row + 0.5) * gap;
    const x = across(share);
    if (gap >= threadGapMin) {
      context.fillStyle = color('--thread');
      context.fillRect(edge, y, width - 2 * edge, 1);
    }
    if (share <= 0) return;
    const fresh = slice !== null && row >= slice.from && row < slice.to;
    context.fillStyle = color(fresh ? '--ink' : '--soft');
    context.fillRect(Math.max(edge, x - headLength), y - thick / 2, headLength, thick);
  });
}

interface Ground {
  scene: Scene;
  color: Color;
  ground: number;
}

function drawGround(context: CanvasRenderingContext2D, { scene, color, ground }: Ground): void {
  const { width, height, field, settled } = scene;
  const tallest = Math.max(bladeHeightMin + 4, height * 0.28);
  const room = roomOf(width);
  const across = (index: number) => edge + placeOf(index, room) * (width - 2 * edge);
  context.fillStyle = color('--rule');
  context.fillRect(0, ground, width, 1);

  context.fillStyle = color('--green');
  for (let index = 0; index < field.blades; index++) {
    const fresh = index >= scene.blades ? settled : 1;
    const tall = bladeHeightMin + varietyOf(index, 0) ** 1.6 * (tallest - bladeHeightMin);
    const lean = (varietyOf(index, 1) - 0.5) * 0.7 * tall;
    context.globalAlpha = 0.55 + 0.45 * varietyOf(index, 2);
    blade(context, { x: across(index), ground, tall: tall * fresh, lean: lean * fresh });
  }
  context.globalAlpha = 1;

  context.strokeStyle = color('--amber');
  context.lineWidth = 1.5;
  for (let index = 0; index < field.rings; index++) {
    const fresh = index >= scene.rings ? settled : 1;
    context.beginPath();
    context.arc(across(field.blades + index), ground - 4 - (1 - fresh) * 12, 2.5, 0, 2 * Math.PI);
    context.stroke();
  }
  context.strokeStyle = color('--brick');
  for (let index = 0; index < field.crosses; index++) {
    const x = across(index + 7);
    context.beginPath();
    context.moveTo(x - 2.5, ground + 2);
    context.lineTo(x + 2.5, ground + 7);
    context.moveTo(x + 2.5, ground + 2);
    context.lineTo(x - 2.5, ground + 7);
    context.stroke();
  }
}

interface Blade {
  x: number;
  ground: number;
  tall: number;
  lean: number;
}

function blade(context: CanvasRenderingContext2D, { x, ground, tall, lean }: Blade): void {
  context.beginPath();
  context.moveTo(x - 1.1, ground);
  context.quadraticCurveTo(x - 0.7, ground - tall * 0.55, x + lean, ground - tall);
  context.quadraticCurveTo(x + 1, ground - tall * 0.5, x + 1.1, ground);
  context.fill();
}
