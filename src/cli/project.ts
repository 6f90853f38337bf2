// `idlewild project`: what requesters ask strangers to help with, made, shown and changed by the
// operator.
import { type Command, Option } from 'commander';
import { IdlewildError } from '#protocol/errors.ts';
import { type AdminFlags, addAdminFlags, formatTime, openAdmin, print } from './admin-client.ts';
import { table } from './progress.ts';
import { addFieldFlags, describeFields, type FieldFlags, readFields } from './project-fields.ts';

interface Row {
  id: string;
  name: string;
  words: string;
  content_class: string;
  models: string[];
  verification: string;
  open: boolean;
  origins: string[];
  is_default: boolean;
  keys: number;
  batches: number;
  created_at: number;
}

type AddFlags = AdminFlags & FieldFlags & { words: string };
type SetFlags = AdminFlags & FieldFlags & { reason: string };

const pathOf = (id: string) => `/v1/admin/projects/${encodeURIComponent(id)}`;

export function addProject(program: Command): void {
  const project = program
    .command('project')
    .description("make, show and change requesters' projects");
  addMaking(project);
  addLooking(project);
  addSetting(project);
}

function addMaking(project: Command): void {
  const add = project
    .command('add')
    .description('make a project, and its first API key')
    .argument('<name>', 'as contributors see it')
    .option('--words <text>', 'what it asks them to help with', '');
  addAdminFlags(addFieldFlags(add)).action(async (name: string, flags: AddFlags) => {
    const admin = await openAdmin(flags);
    const body = { name, words: flags.words, ...readFields(flags) };
    const made = await admin.post<Row & { api_key: string }>('/v1/admin/projects', body);
    const lines = [`Project ${made.id}`, `API key ${made.api_key} (shown this once)`];
    print(flags.json, made, lines.join('\n'));
  });
}

function addLooking(project: Command): void {
  addAdminFlags(project.command('list').description('list all projects')).action(
    async (flags: AdminFlags) => {
      const admin = await openAdmin(flags);
      const listed = await admin.get<{ data: Row[] }>('/v1/admin/projects');
      const rows = listed.data.map((one) => [
        one.id,
        one.name,
        one.content_class,
        one.open ? 'open' : 'closed',
        String(one.keys),
        String(one.batches),
        formatTime(one.created_at),
      ]);
      const head = ['project', 'name', 'content', 'state', 'keys', 'batches', 'made'];
      print(flags.json, listed, table([head, ...rows]));
    },
  );

  addAdminFlags(
    project
      .command('show')
      .description('show a project, with what its batches may be')
      .argument('<id>', 'as `project list` shows it'),
  ).action(async (id: string, flags: AdminFlags) => {
    const admin = await openAdmin(flags);
    const shown = await admin.get<Row>(pathOf(id));
    print(flags.json, shown, table(describeFields(shown)));
  });
}

function addSetting(project: Command): void {
  const set = project
    .command('set')
    .description("change a project, the operator's own as well; what is not named stays")
    .argument('<id>', 'as `project list` shows it')
    .option('--name <name>', 'as contributors see it')
    .option('--words <text>', 'what it asks them to help with');
  addFieldFlags(set).addOption(new Option('--reason <text>', 'kept with the act').default(''));
  addAdminFlags(set).action(async (id: string, flags: SetFlags) => {
    const change = readFields(flags);
    if (Object.keys(change).length === 0) {
      throw new IdlewildError('project/no-change', 'Nothing to change was named.', {
        metaMessages: ['`idlewild project set --help` lists what can be.'],
      });
    }
    const admin = await openAdmin(flags);
    const body = { ...change, reason: flags.reason };
    const done = await admin.post<Row & { changed: string[] }>(`${pathOf(id)}/set`, body);
    const changed = done.changed.join(', ').replaceAll('_', ' ');
    const words = changed ? `Project ${done.id} has other ${changed}.` : 'It was like that.';
    print(flags.json, done, words);
  });
}
