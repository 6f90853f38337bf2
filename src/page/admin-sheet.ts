// Tables and sums of the operator's page. A sheet is drawn anew only where its rows changed, and
// leaves the keyboard where it was.
import { create } from './elements.ts';

export interface Cell {
  text: string;
  /** Of the column; `number` aligns right, `name` is a digest or an id. */
  kind?: 'number' | 'name' | 'words';
  tone?: 'good' | 'waiting' | 'bad';
  /** In full, where the text is short for it. */
  title?: string;
  /** Drawn before the text. */
  picture?: () => Element;
  /** A button in place of the text. */
  act?: { name: string; key: string; run(): void };
}

export interface Sheet {
  columns: string[];
  rows: Cell[][];
  /** Where there is no row. */
  empty: string;
}

const drawn = new WeakMap<HTMLElement, string>();

export function showSheet(home: HTMLElement, sheet: Sheet): void {
  const state = JSON.stringify(sheet);
  if (drawn.get(home) === state) return;
  drawn.set(home, state);
  const focused = home.contains(document.activeElement)
    ? (document.activeElement as HTMLElement).dataset.key
    : undefined;
  home.replaceChildren(sheet.rows.length > 0 ? makeTable(sheet) : makeEmpty(sheet.empty));
  if (focused) home.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function makeEmpty(words: string): HTMLElement {
  return create('p', 'soft', words);
}

function makeTable({ columns, rows }: Sheet): HTMLElement {
  const table = create('table', '');
  const head = create('tr', '');
  for (const [index, name] of columns.entries()) {
    const kind = rows[0][index].kind;
    const cell = create('th', kind === 'number' ? 'number' : '', name);
    cell.setAttribute('scope', 'col');
    head.append(cell);
  }
  const thead = create('thead', '');
  thead.append(head);
  const body = create('tbody', '');
  for (const row of rows) {
    const line = create('tr', '');
    line.append(...row.map(makeCell));
    body.append(line);
  }
  table.append(thead, body);
  return table;
}

function makeCell({ text, kind, tone, title, picture, act }: Cell): HTMLElement {
  const cell = create('td', [kind ?? '', tone ?? ''].join(' ').trim());
  if (picture) cell.append(picture());
  if (title) cell.title = title;
  if (!act) {
    cell.append(text);
    return cell;
  }
  const button = create('button', '', act.name);
  button.setAttribute('type', 'button');
  button.dataset.key = act.key;
  button.addEventListener('click', act.run);
  cell.append(button);
  return cell;
}

export function showSums(home: HTMLElement, sums: [name: string, value: string][]): void {
  const state = JSON.stringify(sums);
  if (drawn.get(home) === state) return;
  drawn.set(home, state);
  home.replaceChildren(
    ...sums.map(([name, value]) => {
      const pair = create('div', '');
      pair.append(create('dt', '', name), create('dd', '', value));
      return pair;
    }),
  );
}
