// A button with its words and what it does.
import { create } from './elements.ts';

export function makeButton(words: string, press: () => void): HTMLButtonElement {
  const button = create('button', '', words) as HTMLButtonElement;
  button.type = 'button';
  button.addEventListener('click', press);
  return button;
}
