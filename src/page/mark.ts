// The small shapes that stand beside the words of a state, so that colour is never alone.

const svg = 'http://www.w3.org/2000/svg';
const shapes = {
  pending: 'M8 3.5a4.5 4.5 0 1 0 .01 0z',
  accepted: 'M2.5 8.5l4 4 7-9',
  rejected: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  open: 'M3 8h10',
} as const;

export function makeMark(shape: keyof typeof shapes): SVGElement {
  const mark = document.createElementNS(svg, 'svg');
  mark.setAttribute('class', 'mark');
  mark.setAttribute('viewBox', '0 0 16 16');
  mark.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svg, 'path');
  path.setAttribute('d', shapes[shape]);
  mark.append(path);
  return mark;
}
