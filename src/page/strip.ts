// The picture of the work on a canvas: rows travel through the model's layers as they are really
// computed, and units settle into a field below. It moves for 150 ms after something happened and
// is still otherwise; under prefers-reduced-motion only the field changes. Where words run from
// right to left, so do the layers.

import { onWords } from '#words/say.ts';
import type { ContributorStatus } from '#worker/status.ts';
import { drawField } from './draw-field.ts';
import { drawLoom } from './draw-loom.ts';
import { setText } from './elements.ts';
import { type Field, fieldOf, layersPassed, roomOf } from './strip-model.ts';
import { describeBlade, describeStrip } from './strip-words.ts';

const motionMs = 150;
/** Layers drawn before the first unit says how many its model has. */
const layersAtRest = 6;

export interface Scene {
  width: number;
  height: number;
  layers: number;
  /** Layers passed by each row, with fractions while it travels. */
  passed: number[];
  /** Rows of the slice just computed, or null. */
  slice: { from: number; to: number } | null;
  field: Field;
  /** 0 to 1: how far the marks that came last have settled. */
  settled: number;
  /** Blades and rings that stood before the last change. */
  blades: number;
  rings: number;
  /** Whether the first layer stands at the right. */
  isMirrored: boolean;
}

type Draw = (
  context: CanvasRenderingContext2D,
  scene: Scene,
  color: (name: string) => string,
) => void;

export interface StripParts {
  canvas: HTMLCanvasElement;
  /** Gets the picture in words. */
  caption: Element;
  /** Gets what one blade stands for. */
  blade: Element;
  draw?: Draw;
}

export interface Strip {
  show(status: ContributorStatus): void;
}

const drawAll: Draw = (context, scene, color) => {
  drawLoom(context, scene, color);
  drawField(context, scene, color);
};

export function mountStrip({ canvas, caption, blade, draw: paint = drawAll }: StripParts): Strip {
  const context = canvas.getContext('2d');
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const scene = emptyScene();
  let last: ContributorStatus | null = null;
  let unit = '';
  let from: number[] = scene.passed;
  let to: number[] = scene.passed;
  let began = 0;
  let frame = 0;

  const draw = () => {
    if (!context || scene.width === 0) return;
    const ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, scene.width, scene.height);
    const style = getComputedStyle(canvas);
    scene.isMirrored = style.direction === 'rtl';
    const color = (name: string) => style.getPropertyValue(name).trim() || style.color;
    paint(context, scene, color);
  };

  const step = (now: number) => {
    const time = Math.min(1, Math.max(0, (now - began) / motionMs));
    const eased = 1 - (1 - time) ** 3;
    scene.passed = to.map((goal, row) => from[row] + (goal - from[row]) * eased);
    scene.settled = eased;
    draw();
    frame = time < 1 ? requestAnimationFrame(step) : 0;
  };

  const move = () => {
    cancelAnimationFrame(frame);
    if (still.matches || document.hidden) return step(began + motionMs);
    frame = requestAnimationFrame(step);
  };

  const place = () => {
    if (!last) return;
    scene.blades = scene.field.blades;
    scene.rings = scene.field.rings;
    scene.field = fieldOf(last.totals, last.outbox, roomOf(scene.width));
  };

  const resize = () => {
    const ratio = devicePixelRatio || 1;
    scene.width = canvas.clientWidth;
    scene.height = canvas.clientHeight;
    canvas.width = Math.round(scene.width * ratio);
    canvas.height = Math.round(scene.height * ratio);
    place();
    step(began + motionMs);
  };
  new ResizeObserver(resize).observe(canvas);
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
    matchMedia(query).addEventListener('change', draw);
  }
  // The next tab shows nothing; come back to the truth at once.
  document.addEventListener('visibilitychange', () => step(began + motionMs));

  const travel = ({ unit: progress }: ContributorStatus) => {
    const before = scene.passed;
    const same = progress !== null && progress.unit === unit;
    unit = progress?.unit ?? '';
    scene.slice = null;
    if (!progress) {
      from = [];
      to = [];
      return;
    }
    scene.layers = Math.max(1, progress.layers);
    to = still.matches ? new Array<number>(progress.rows).fill(0) : layersPassed(progress);
    from = to.map((_, row) => (same ? (before[row] ?? 0) : 0));
    if (still.matches || progress.done <= 0) return;
    scene.slice = { from: progress.sliceRow, to: progress.sliceRow + progress.sliceRows };
  };

  const sayCaption = () => {
    if (last) setText(caption, describeStrip(last));
    setText(blade, describeBlade(scene.field.unitsPerMark));
  };
  onWords(() => {
    sayCaption();
    draw();
  });
  return {
    show(status) {
      last = status;
      travel(status);
      place();
      began = performance.now();
      move();
      sayCaption();
    },
  };
}

function emptyScene(): Scene {
  return {
    width: 0,
    height: 0,
    layers: layersAtRest,
    passed: [],
    slice: null,
    field: { blades: 0, rings: 0, crosses: 0, unitsPerMark: 1 },
    settled: 1,
    blades: 0,
    rings: 0,
    isMirrored: false,
  };
}
