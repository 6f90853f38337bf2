// The configurator on widget.html: choices become attributes of a real widget, and its snippet.
import { languages } from '#words/languages.ts';
import { create, find, setText } from './elements.ts';
import { showReference } from './embed-reference.ts';
import { writeSnippet } from './embed-snippet.ts';

const names = ['project', 'mode', 'size', 'intensity', 'theme', 'lang'] as const;
const events = ['ready', 'consentchange', 'statuschange', 'progress', 'credit', 'error'] as const;
const logMax = 6;

const origin = location.origin;
let integrity: string | null = null;

const widget = document.createElement('idlewild-contributor');
const choice = (name: string) => find<HTMLSelectElement>(name);

function showSnippet(): void {
  const attributes = names.map((name) => [name, choice(name).value] as const);
  const { selectedOptions } = choice('project');
  const project = selectedOptions[0]?.dataset.name ?? 'Idlewild';
  setText(find('snippet'), writeSnippet({ origin, integrity, attributes, project }));
}

function apply(): void {
  for (const name of names) {
    const { value } = choice(name);
    if (value === '') widget.removeAttribute(name);
    else if (widget.getAttribute(name) !== value) widget.setAttribute(name, value);
  }
  find('stage').toggleAttribute('data-fill', choice('size').value === 'fill');
  showSnippet();
}

function addOption(name: string, value: string, words: string): HTMLOptionElement {
  const option = document.createElement('option');
  option.value = value;
  option.textContent = words;
  choice(name).append(option);
  return option;
}

/** @returns null where it cannot be had, and the page goes on without it */
async function fetchJson(path: string): Promise<Record<string, unknown> | null> {
  try {
    const response = await fetch(path);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

async function addProjects(): Promise<void> {
  const { data } = (await fetchJson('/v1/projects')) ?? {};
  for (const project of Array.isArray(data) ? data : []) {
    const { id, name } = project as Record<string, unknown>;
    if (typeof id !== 'string' || typeof name !== 'string') continue;
    addOption('project', id, name).dataset.name = name;
  }
}

function log(event: Event): void {
  const { detail } = event as CustomEvent<unknown>;
  const line = create('li', '');
  line.append(create('b', '', event.type), ` ${JSON.stringify(detail)}`);
  const list = find('log');
  list.querySelector('.soft')?.remove();
  // The newest figures in place of the last ones, so that what happened stays to be read.
  if (list.firstElementChild?.firstChild?.textContent === event.type) {
    list.firstElementChild.remove();
  }
  list.prepend(line);
  while (list.children.length > logMax) list.lastElementChild?.remove();
}

async function copy(): Promise<void> {
  const snippet = find('snippet');
  try {
    await navigator.clipboard.writeText(snippet.textContent ?? '');
    setText(find('copied'), 'Copied.');
  } catch {
    getSelection()?.selectAllChildren(snippet);
    setText(find('copied'), 'This browser did not allow it: the snippet is selected instead.');
  }
}

for (const { tag, name } of languages) addOption('lang', tag, name);
for (const type of events) widget.addEventListener(type, log);
setText(find('policy'), `script-src ${origin}; frame-src ${origin};`);
find('stage').append(widget);
find('choices').addEventListener('input', () => {
  setText(find('copied'), '');
  apply();
});
find('copy').addEventListener('click', () => void copy());
apply();

await Promise.all([addProjects(), showReference(find('tables'))]);
const built = await fetchJson('/widget/integrity.json');
if (typeof built?.integrity === 'string') integrity = built.integrity;
apply();
