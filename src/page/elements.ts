// Small change for the views: an element of index.html by id, and writes that touch the document
// only where something changed. Text goes in as text, whoever wrote it.

/** @throws where index.html and the views disagree */
export function find<E extends Element = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element "${id}".`);
  return element as Element as E;
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows the text, or hides the element where there is none. */
export function setLine(element: HTMLElement, text: string): void {
  setText(element, text);
  if (element.hidden !== (text === '')) element.hidden = text === '';
}

export function create(tag: string, className: string, text = ''): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
