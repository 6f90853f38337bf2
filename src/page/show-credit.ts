// An amount of credit in its place: short where it is large, and then exact on hover.
import { formatCount, formatCredit } from '#words/format.ts';
import { find, setText } from './elements.ts';

export function showCredit(id: string, credit: number): void {
  const element = find(id);
  setText(element, formatCredit(credit));
  const exact = formatCount(credit);
  element.title = exact === element.textContent ? '' : exact;
}
