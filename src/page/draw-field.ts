// The lower part of the picture: a field. A ring is a finished unit that waits for its check, a
// blade one that was accepted, a cross under the ground one that was refused: shapes, not colours alone.
import type { Scene } from './strip.ts';
import { placeOf, roomOf, varietyOf } from './strip-model.ts';

const groundBelow = 26;
const bladeHeightMin = 14;

export function drawField(
  context: CanvasRenderingContext2D,
  scene: Scene,
  color: (name: string) => string,
): void {
  const { width, height, field, settled, isMirrored } = scene;
  const ground = Math.round(height - groundBelow) + 0.5;
  const tallest = Math.max(bladeHeightMin, height * 0.34 - groundBelow);
  const room = roomOf(width);
  const across = (index: number) => {
    const place = placeOf(index, room);
    return 6 + (isMirrored ? 1 - place : place) * (width - 12);
  };

  context.strokeStyle = color('--rule');
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, ground);
  context.lineTo(width, ground);
  context.stroke();

  context.fillStyle = color('--green');
  for (let index = 0; index < field.blades; index++) {
    const fresh = index >= scene.blades ? settled : 1;
    const tall = bladeHeightMin + varietyOf(index, 0) ** 1.6 * (tallest - bladeHeightMin);
    const lean = (varietyOf(index, 1) - 0.5) * 0.7 * tall;
    context.globalAlpha = 0.5 + 0.5 * varietyOf(index, 2);
    blade(context, across(index), ground, tall * fresh, lean * fresh);
  }
  context.globalAlpha = 1;

  context.strokeStyle = color('--amber');
  context.lineWidth = 1.75;
  for (let index = 0; index < field.rings; index++) {
    const fresh = index >= scene.rings ? settled : 1;
    const y = ground - 6 - (1 - fresh) * height * 0.3;
    context.beginPath();
    context.arc(across(field.blades + index), y, 3.5, 0, 2 * Math.PI);
    context.stroke();
  }

  context.strokeStyle = color('--brick');
  for (let index = 0; index < field.crosses; index++) {
    cross(context, across(index + 7), ground + 11);
  }
}

function blade(
  context: CanvasRenderingContext2D,
  x: number,
  ground: number,
  tall: number,
  lean: number,
): void {
  const tip = ground - tall;
  context.beginPath();
  context.moveTo(x - 1.4, ground);
  context.quadraticCurveTo(x - 0.9, ground - tall * 0.55, x + lean, tip);
  context.quadraticCurveTo(x + 1.3, ground - tall * 0.5, x + 1.4, ground);
  context.fill();
}

function cross(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.moveTo(x - 3.5, y - 3.5);
  context.lineTo(x + 3.5, y + 3.5);
  context.moveTo(x + 3.5, y - 3.5);
  context.lineTo(x - 3.5, y + 3.5);
  context.stroke();
}
