// The first band: the coordinator's own words about what is computed and for whom.
import type { Coordinator, Model } from './coordinator.ts';
import { create, find, setText } from './elements.ts';
import { formatBytes, shorten } from './format.ts';

/** Whatever the coordinator left out keeps the words that index.html has. */
export function showPromise(coordinator: Coordinator): void {
  const { name, words, project, models, arithmetic, laboratory } = coordinator;
  const fill = (id: string, text: string) => {
    if (text) setText(find(id), text);
  };
  fill('operator', name === 'Idlewild' ? '' : name);
  fill('words', words);
  fill('project', project);
  fill('arithmetic', arithmetic);
  find('laboratory').hidden = !laboratory;
  if (models.length === 0) return;
  const list = find('models');
  list.textContent = '';
  for (const model of models) list.append(describeModel(model));
}

function describeModel({ id, name, licence, bytes }: Model): HTMLElement {
  const line = create('span', 'model', name);
  const facts = [
    bytes > 0 ? `${formatBytes(bytes)}, fetched once` : '',
    licence,
    id !== name ? `id\u00a0${shorten(id)}` : '',
  ].filter(Boolean);
  const fine = create('span', 'fine', facts.join(' · '));
  fine.title = id;
  line.append(fine);
  return line;
}
