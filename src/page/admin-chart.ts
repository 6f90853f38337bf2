// The operator's two pictures, as plain SVG: a batch's progress, and an hour of verdicts.
import type { BatchRow, Minute } from './admin-api.ts';
import { formatCount, formatNoun } from './format.ts';

const namespace = 'http://www.w3.org/2000/svg';

function draw(tag: string, attributes: Record<string, string | number>): Element {
  const element = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** Done, then held, of all units of a batch. The words beside it say the same. */
export function drawProgress(batch: BatchRow): Element {
  const { units_total: total, units_done: done, units_held: held } = batch;
  const share = (units: number) => (total === 0 ? 0 : (100 * units) / total);
  const svg = draw('svg', {
    class: 'bar',
    viewBox: '0 0 100 8',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  svg.append(
    draw('rect', { class: 'ground', width: 100, height: 8 }),
    draw('rect', { class: 'done', width: share(done), height: 8 }),
    draw('rect', { class: 'held', x: share(done), width: share(held), height: 8 }),
  );
  return svg;
}

const kinds = ['accepted', 'held', 'rejected'] as const;
const words = { accepted: 'accepted', held: 'held for a check', rejected: 'refused' };
const height = 100;
const step = 10;
/** One refusal among thousands is seen. */
const seenMin = 2;

/** One column a minute, the running one last; the highest is as high as the picture. */
export function drawVerdicts(home: Element, minutes: readonly Minute[]): void {
  const sumOf = (minute: Minute) => kinds.reduce((sum, kind) => sum + minute[kind], 0);
  const most = Math.max(1, ...minutes.map(sumOf));
  const svg = draw('svg', {
    role: 'img',
    'aria-labelledby': 'chart-words',
    viewBox: `0 0 ${minutes.length * step} ${height}`,
    preserveAspectRatio: 'none',
  });
  for (const [index, minute] of minutes.entries()) {
    let top = height;
    svg.append(
      draw('rect', {
        class: 'ground',
        x: index * step + 1,
        y: height - 1,
        width: step - 2,
        height: 1,
      }),
    );
    for (const kind of kinds) {
      if (minute[kind] === 0) continue;
      const tall = Math.max(seenMin, (minute[kind] / most) * height);
      top -= tall;
      svg.append(
        draw('rect', { class: kind, x: index * step + 1, y: top, width: step - 2, height: tall }),
      );
    }
  }
  home.replaceChildren(svg);
}

/** The picture in words, and which colour is what. */
export function describeVerdicts(minutes: readonly Minute[]): Element[] {
  const sum = (kind: (typeof kinds)[number]) => minutes.reduce((all, one) => all + one[kind], 0);
  const most = Math.max(...minutes.map((one) => one.accepted + one.held + one.rejected));
  const span = document.createElement('span');
  span.textContent =
    `Last ${formatNoun(minutes.length, 'minute')}, the highest column ` +
    `${formatNoun(most, 'verdict')}.`;
  const keys = kinds.map((kind) => {
    const key = document.createElement('span');
    key.className = 'key';
    const svg = draw('svg', { viewBox: '0 0 12 12', 'aria-hidden': 'true' });
    svg.append(draw('rect', { class: kind, width: 12, height: 12 }));
    key.append(svg, `${formatCount(sum(kind))} ${words[kind]}`);
    return key;
  });
  return [span, ...keys];
}
