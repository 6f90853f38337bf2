// The widget's reference on widget.html, drawn from the manifest that editors read too.
import { create } from './elements.ts';

interface Entry {
  name: string;
  description?: string;
  default?: string;
  type?: { text: string };
  kind?: string;
}

/** The manifest's lists, in the order of the page; members only where they are methods. */
const sections: [field: string, title: string][] = [
  ['attributes', 'Attributes'],
  ['members', 'Methods'],
  ['events', 'Events'],
  ['cssParts', 'Parts'],
  ['cssProperties', 'Custom properties'],
  ['slots', 'Content'],
];

/** Nothing is shown where the manifest cannot be had: the links above it remain. */
export async function showReference(into: HTMLElement): Promise<void> {
  const response = await fetch('/widget/custom-elements.json').catch(() => null);
  if (!response?.ok) return;
  const manifest = await response.json();
  const declaration = manifest.modules[0].declarations[0];
  for (const [field, title] of sections) {
    const entries = (declaration[field] as Entry[]).filter(
      ({ kind }) => field !== 'members' || kind === 'method',
    );
    into.append(create('h3', '', title), listEntries(entries, field));
  }
}

function listEntries(entries: Entry[], field: string): HTMLElement {
  const list = create('dl', 'entries');
  for (const { name, description = '', type, default: initial } of entries) {
    const term = create('dt', '');
    term.append(create('code', '', field === 'members' ? `${name}()` : name || 'its children'));
    const note = create('dd', '', description);
    const facts = [field === 'events' ? type?.text : '', initial ? `Default: ${initial}.` : ''];
    for (const fact of facts) if (fact) note.append(' ', create('span', 'fine', fact));
    const row = create('div', '');
    row.append(term, note);
    list.append(row);
  }
  return list;
}
