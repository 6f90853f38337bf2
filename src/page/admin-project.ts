// The operator's sheet of one project: what it is, field by field. Only what was changed is sent; what
// the coordinator refuses is said beside its field, and nothing typed is lost.
import { AdminError, type ProjectFields, type ProjectRow } from './admin-api.ts';
import { create, find, setText } from './elements.ts';
import { shorten } from './format.ts';

export interface ProjectDesk {
  /** That the coordinator serves. */
  models: readonly { id: string; name: string }[];
  /** @throws AdminError naming the field */
  save(id: string, change: Partial<ProjectFields>, reason: string): Promise<unknown>;
}

const fieldNames = [
  'name',
  'words',
  'content_class',
  'models',
  'verification',
  'open',
  'origins',
  'reason',
] as const;

type FieldName = (typeof fieldNames)[number];

const fieldOf = <Field extends HTMLElement>(name: FieldName) =>
  find<Field>(`project-field-${name}`);
const textOf = (name: FieldName) => fieldOf<HTMLInputElement>(name);
const ticks = () =>
  find('project-models').querySelectorAll<HTMLInputElement>('input[type=checkbox]');

function fill(project: ProjectRow, models: ProjectDesk['models']): void {
  setText(find('project-title'), `Edit ${project.name}`);
  textOf('name').value = project.name;
  textOf('words').value = project.words;
  textOf('content_class').value = project.content_class;
  textOf('verification').value = project.verification;
  textOf('open').checked = project.open;
  textOf('origins').value = project.origins.join('\n');
  textOf('reason').value = '';
  const served = new Set(models.map(({ id }) => id));
  const gone = project.models
    .filter((id) => !served.has(id))
    .map((id) => ({ id, name: `${shorten(id)}, not served now` }));
  const choices = [...models, ...gone].map(({ id, name }) => {
    const label = create('label', 'tick');
    const tick = create('input', '') as HTMLInputElement;
    tick.type = 'checkbox';
    tick.value = id;
    tick.checked = project.models.includes(id);
    label.append(tick, ` ${name}`);
    return label;
  });
  find('project-models').replaceChildren(...choices);
}

function read(): ProjectFields {
  const origins = textOf('origins').value.split('\n');
  return {
    name: textOf('name').value.trim(),
    words: textOf('words').value.trim(),
    content_class: textOf('content_class').value,
    models: [...ticks()].filter(({ checked }) => checked).map(({ value }) => value),
    verification: textOf('verification').value,
    open: textOf('open').checked,
    origins: origins.map((line) => line.trim()).filter((line) => line !== ''),
  };
}

function changesOf(project: ProjectRow): Partial<ProjectFields> {
  const entries = Object.entries(read()) as [keyof ProjectFields, unknown][];
  return Object.fromEntries(
    entries.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(project[name])),
  );
}

function clearFaults(): void {
  for (const name of fieldNames) {
    setText(find(`project-fault-${name}`), '');
    fieldOf(name).removeAttribute('aria-invalid');
  }
  setText(find('project-refusal'), '');
}

/** Where the refusal goes, and what it is about. @param param such as `origins.1`: its second line */
function showFault(message: string, param: string | null): void {
  const [named, place] = (param ?? '').split('.');
  const name = fieldNames.find((one) => one === named);
  if (!name) {
    setText(find('project-refusal'), message);
    return;
  }
  const what = message.replace(/^'[^']*': /, '');
  const line = name === 'origins' ? read().origins[Number(place)] : undefined;
  const said = line ? `“${line}” ${what}` : what.charAt(0).toUpperCase() + what.slice(1);
  setText(find(`project-fault-${name}`), said);
  const field = fieldOf(name);
  field.setAttribute('aria-invalid', 'true');
  field.focus();
}

async function submit(project: ProjectRow, { save }: ProjectDesk): Promise<boolean> {
  clearFaults();
  const change = changesOf(project);
  if (Object.keys(change).length === 0) return true;
  try {
    await save(project.id, change, textOf('reason').value.trim());
    return true;
  } catch (thrown) {
    if (!(thrown instanceof AdminError)) throw thrown;
    showFault(thrown.message, thrown.param);
    return false;
  }
}

/** @returns once it is closed: whether anything may have been changed */
export function editProject(project: ProjectRow, desk: ProjectDesk): Promise<boolean> {
  const dialog = find<HTMLDialogElement>('project');
  const form = find<HTMLFormElement>('project-form');
  const listening = new AbortController();
  const { signal } = listening;
  clearFaults();
  fill(project, desk.models);
  dialog.returnValue = '';
  dialog.showModal();
  textOf('name').focus();
  return new Promise((resolve) => {
    let saving = false;
    const trySave = async () => {
      if (saving) return;
      saving = true;
      const done = await submit(project, desk).finally(() => {
        saving = false;
      });
      if (done) dialog.close('saved');
    };
    form.addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        void trySave();
      },
      { signal },
    );
    find('project-leave').addEventListener('click', () => dialog.close(''), { signal });
    const end = () => {
      listening.abort();
      // The sheet may have been drawn anew behind the dialog.
      const key = CSS.escape(`edit ${project.id}`);
      document.querySelector<HTMLElement>(`[data-key="${key}"]`)?.focus();
      resolve(dialog.returnValue === 'saved');
    };
    dialog.addEventListener('close', end, { signal });
  });
}
