// A small bar chart as SVG. It is a picture of numbers that stand beside it in words: a reader of
// words is told those instead.

const namespace = 'http://www.w3.org/2000/svg';
const height = 100;
const step = 10;
const gap = 2;
/** One refusal among thousands is seen. */
const seenMin = 2;

/** Parts of a column from the ground up, each with the class that colours it. */
export type Column = readonly { kind: string; value: number }[];

/** @param columns the oldest first, which stands where reading begins */
export function drawColumns(columns: readonly Column[]): SVGElement {
  const total = (column: Column) => column.reduce((sum, { value }) => sum + value, 0);
  const most = Math.max(...columns.map(total));
  const svg = draw('svg', {
    class: 'chart',
    viewBox: `0 0 ${columns.length * step} ${height}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  columns.forEach((column, index) => {
    const place = { x: index * step + gap / 2, width: step - gap };
    svg.append(draw('rect', { class: 'ground', ...place, y: height - 1, height: 1 }));
    let top = height;
    for (const { kind, value } of column) {
      if (value <= 0) continue;
      const tall = Math.min(top, Math.max(seenMin, (value / most) * height));
      top -= tall;
      svg.append(draw('rect', { class: kind, ...place, y: top, height: tall }));
    }
  });
  return svg;
}

function draw(tag: string, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS(namespace, tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
