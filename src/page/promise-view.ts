// The first band: what is computed and for whom, in the words of the project that runs now, else of
// the one that was chosen, else of the coordinator's own.
import { formatBytes, shorten } from '#words/format.ts';
import { onWords, say } from '#words/say.ts';
import type { ContributorStatus } from '#worker/status.ts';
import type { Coordinator, Model, Project } from './coordinator.ts';
import { create, find, setText } from './elements.ts';
import { describeProject } from './project-view.ts';
import type { SettingsDesk } from './settings-desk.ts';

export interface PromiseView {
  show(status: ContributorStatus): void;
}

export function mountPromise(coordinator: Coordinator, desk: SettingsDesk): PromiseView {
  const projects = coordinator.projects ?? [];
  let runningId: string | null = null;
  let shown = '';

  const projectNow = (): Project | undefined => {
    const wanted = [runningId, desk.value.project, coordinator.projectId];
    for (const id of wanted) {
      const found = id && projects.find((project) => project.id === id);
      if (found) return found;
    }
    return undefined;
  };

  /** Whatever the coordinator left out keeps the words that index.html has. */
  const show = () => {
    const { name, arithmetic, laboratory } = coordinator;
    const now = projectNow();
    fill('operator', name === 'Idlewild' ? '' : name);
    fill('words', now?.words || coordinator.words);
    fill('project', now?.name || coordinator.project);
    setText(find('project-facts'), now ? describeProject(now) : '');
    fill('arithmetic', arithmetic);
    find('laboratory').hidden = !laboratory;
    showModels(modelsOf(coordinator.models, now));
  };

  desk.watch(show);
  onWords(show);
  return {
    show({ projectId }) {
      runningId = projectId;
      const key = projectId ?? '';
      if (key === shown) return;
      shown = key;
      show();
    },
  };
}

function fill(id: string, text: string): void {
  if (text) setText(find(id), text);
}

/** Those that the project may use; all where it may use any, or names none of these. */
function modelsOf(models: Model[], project: Project | undefined): Model[] {
  const own = models.filter(({ id }) => project?.models.includes(id));
  return own.length > 0 ? own : models;
}

function showModels(models: Model[]): void {
  if (models.length === 0) return;
  find('models').replaceChildren(...models.map(describeModel));
}

function describeModel({ id, name, licence, bytes }: Model): HTMLElement {
  const line = create('span', 'model');
  const called = create('span', '', name);
  called.dir = 'auto';
  const facts = [
    bytes > 0 ? say('model.size', { bytes: formatBytes(bytes) }) : '',
    licence,
    id !== name ? say('model.id', { id: shorten(id) }).replace(' ', '\u00a0') : '',
  ].filter(Boolean);
  const fine = create('span', 'fine', facts.join(' · '));
  fine.title = id;
  line.append(called, fine);
  return line;
}
