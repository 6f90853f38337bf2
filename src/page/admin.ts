// The operator's page: asks for the token once, then looks every few seconds while somebody looks
// at it. Whatever is done asks first.
import { AdminError, admin, keptToken, type Overview } from './admin-api.ts';
import { askReason } from './admin-ask.ts';
import { editProject } from './admin-project.ts';
import { type Acts, showHealth, showOverview, showProjects } from './admin-views.ts';
import { find, setLine, setText } from './elements.ts';
import { shorten } from './format.ts';

const lookMs = 5_000;
let timer: ReturnType<typeof setTimeout> | undefined;
let looking = false;
let models: Overview['models'] = [];

function openGate(why = ''): void {
  clearTimeout(timer);
  keptToken.forget();
  find('desk').hidden = true;
  find('leave').hidden = true;
  find('gate').hidden = false;
  setText(find('refusal'), why);
  const field = find<HTMLInputElement>('token');
  field.value = '';
  field.focus();
}

function openDesk(): void {
  find('gate').hidden = true;
  find('desk').hidden = false;
  find('leave').hidden = false;
}

function notice(words: string, stale: boolean): void {
  find('notice').classList.toggle('stale', stale);
  setText(find('notice'), words);
}

/** @returns whether the token still opens */
async function look(): Promise<boolean> {
  try {
    const overview = await admin.overview();
    const [health, projects, keys] = [
      await admin.health(),
      await admin.projects(),
      await admin.keys(),
    ];
    openDesk();
    show(overview);
    showHealth(health.checks);
    showProjects(projects.data, keys.data, { now: overview.now, acts });
    notice('', false);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof AdminError)) throw thrown;
    if (thrown.status === 401 || thrown.status === 403) {
      openGate(thrown.message);
      return false;
    }
    if (!find('desk').hidden) notice(`${thrown.message} These figures are from before.`, true);
    else setText(find('refusal'), thrown.message);
    return !find('desk').hidden;
  }
}

function show(overview: Overview): void {
  const laboratory = overview.laboratory ? ', a laboratory' : '';
  setText(find('site'), `Operator of ${overview.project}${laboratory}`);
  models = overview.models;
  showOverview(overview, acts);
}

/** Looks now, and then from time to time; a page that nobody sees rests. */
async function keepLooking(): Promise<void> {
  clearTimeout(timer);
  if (looking) return;
  looking = true;
  const on = await look().finally(() => {
    looking = false;
  });
  if (on && !document.hidden) timer = setTimeout(() => void keepLooking(), lookMs);
}

/** What cannot be done is said above the figures. */
async function act(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
    await keepLooking();
  } catch (thrown) {
    notice(thrown instanceof AdminError ? thrown.message : String(thrown), true);
    find('notice').scrollIntoView({ block: 'nearest' });
  }
}

/** A key is shown once; the next one takes its place. */
function tell(what: string, apiKey: string): void {
  setLine(find('told'), `${what}: ${apiKey} It is shown this once: copy it now.`);
}

const unreasoned = 'Reason, if there is one';

const acts: Acts = {
  async cancel({ id, project }) {
    const title = `Cancel ${id.slice(0, 12)}…?`;
    const words = `A batch of ${project}. Open leases end; work already done on it is credited.`;
    const reason = await askReason({ title, words, act: 'Cancel the batch', label: unreasoned });
    if (reason !== null) await act(() => admin.cancelBatch(id, reason));
  },
  async unban({ id, convictions }) {
    const title = `Lift the ban of ${shorten(id)}?`;
    const words = `Convicted ${convictions} times. Its next units are computed by two.`;
    const reason = await askReason({
      title,
      words,
      act: 'Lift the ban',
      label: 'Reason',
      required: true,
    });
    if (reason !== null) await act(() => admin.unban(id, reason));
  },
  async edit(project) {
    const save = admin.setProject;
    if (await editProject(project, { models, save })) await act(() => Promise.resolve());
  },
  async addKey({ id, name }) {
    const title = `A key for ${name}`;
    const words = 'The list shows what it is for, if you say so, and its last four characters.';
    const purpose = await askReason({ title, words, act: 'Make the key', label: 'What it is for' });
    if (purpose === null) return;
    await act(async () => tell(`API key of ${name}`, (await admin.addKey(id, purpose)).api_key));
  },
  async revoke({ id, last_four: end }) {
    const title = `Revoke the key that ends in ${end ?? '?'}?`;
    const words = 'It is refused at once and for good. Its batches go on.';
    const reason = await askReason({ title, words, act: 'Revoke the key', label: unreasoned });
    if (reason !== null) await act(() => admin.revokeKey(id, reason));
  },
};

find('gate').addEventListener('submit', (event) => {
  event.preventDefault();
  keptToken.keep(find<HTMLInputElement>('token').value.trim());
  void keepLooking();
});
find('leave').addEventListener('click', () => openGate());
find('add-project').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = find<HTMLInputElement>('project-name');
  void act(async () => {
    const made = await admin.addProject(field.value.trim());
    field.value = '';
    tell(`First API key of ${made.name}`, made.api_key);
  });
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && keptToken.read()) void keepLooking();
});

if (keptToken.read()) void keepLooking();
else openGate();
