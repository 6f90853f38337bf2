// Whom the visitor helps: the open projects in their own words, and the coordinator's choice. With
// one project there is nothing to choose.
import { count, onWords, say } from '#words/say.ts';
import type { Project } from './coordinator.ts';
import { create, find, setLine, setText } from './elements.ts';
import type { SettingsDesk } from './settings-desk.ts';

/** So many stand open; the rest is one click away. */
const projectsShown = 5;

/** @param projects null where the coordinator does not say which are open */
export function mountProjects(projects: Project[] | null, desk: SettingsDesk): void {
  const box = find('projects');
  const more = find<HTMLButtonElement>('more-projects');
  const open = projects ?? [];
  const { project: kept } = desk.value;
  const isLost = projects !== null && kept !== null && !open.some(({ id }) => id === kept);
  let all = false;
  let inputs: HTMLInputElement[] = [];

  const show = () => {
    const note = isLost ? say('project.closed') : '';
    setLine(find('projects-note'), projects?.length === 0 ? say('project.none') : note);
    box.hidden = open.length < 2;
    if (box.hidden) return;
    const list = find('project-choices');
    list.textContent = '';
    const any = addChoice(list, '', say('project.any'), say('project.any.words'));
    inputs = [any, ...open.map((project) => addProject(list, project))];
    for (const input of inputs) {
      input.checked = input.value === (desk.value.project ?? '');
      input.addEventListener('change', () => desk.change({ project: input.value || null }));
    }
    fold();
  };
  const fold = () => {
    inputs.forEach((input, index) => {
      const label = input.parentElement;
      if (label) label.hidden = !all && index > projectsShown && !input.checked;
    });
    more.hidden = all || open.length <= projectsShown;
    setText(more, say('project.more', { projects: count('count.projects', open.length) }));
  };

  more.addEventListener('click', () => {
    all = true;
    fold();
    inputs[projectsShown + 1]?.focus();
  });
  if (isLost) desk.change({ project: null });
  desk.watch(({ project }) => {
    for (const input of inputs) input.checked = input.value === (project ?? '');
  });
  onWords(show);
  show();
}

function addProject(list: HTMLElement, project: Project): HTMLInputElement {
  return addChoice(list, project.id, project.name, project.words, describeProject(project));
}

/** What kind of texts, and how results are checked. */
export function describeProject({ contentClass, verification }: Project): string {
  return [
    contentClass && say(`class.${contentClass}`),
    verification && say(`checked.${verification}`),
  ]
    .filter(Boolean)
    .join(' ');
}

function addChoice(
  list: HTMLElement,
  value: string,
  ...[name, ...lines]: [string, ...string[]]
): HTMLInputElement {
  const label = create('label', 'choice');
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = 'project';
  input.value = value;
  const words = create('span', 'choice-words');
  for (const [index, line] of [name, ...lines].entries()) {
    if (!line) continue;
    // A stranger's words run as their script does, and stand where the page's do.
    const text = create('span', '', line);
    text.dir = 'auto';
    const part = create('span', index === 0 ? 'choice-name' : 'fine');
    part.append(text);
    words.append(part);
  }
  label.append(input, words);
  list.append(label);
  return input;
}
