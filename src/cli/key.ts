// `idlewild key`: a project's API keys, made, listed and revoked by the operator. A key is told once.
import type { Command } from 'commander';
import { type AdminFlags, addAdminFlags, formatTime, openAdmin, print } from './admin-client.ts';
import { table } from './progress.ts';

interface Key {
  id: string;
  project_id: string;
  name: string;
  last_four: string | null;
  created_at: number;
  revoked_at: number | null;
}

export function addKey(program: Command): void {
  const key = program.command('key').description("make, list and revoke a project's API keys");

  addAdminFlags(
    key
      .command('add')
      .description('make an API key')
      .argument('<project>', 'id of its project')
      .option('--name <name>', 'what it is for', ''),
  ).action(async (project: string, { name, ...flags }: AdminFlags & { name: string }) => {
    const admin = await openAdmin(flags);
    const made = await admin.post<Key & { api_key: string }>('/v1/admin/keys', { project, name });
    print(flags.json, made, `Key     ${made.id}\nAPI key ${made.api_key} (shown this once)`);
  });

  addAdminFlags(
    key
      .command('list')
      .description('list keys, by the last four characters of each')
      .option('--project <id>', 'of this project alone'),
  ).action(async ({ project, ...flags }: AdminFlags & { project?: string }) => {
    const admin = await openAdmin(flags);
    const query = project === undefined ? '' : `?project=${encodeURIComponent(project)}`;
    const listed = await admin.get<{ data: Key[] }>(`/v1/admin/keys${query}`);
    const rows = listed.data.map((one) => [
      one.id,
      one.project_id,
      one.name,
      `…${one.last_four ?? '????'}`,
      formatTime(one.created_at),
      formatTime(one.revoked_at),
    ]);
    const head = ['key', 'project', 'name', 'ends', 'made', 'revoked'];
    print(flags.json, listed, table([head, ...rows]));
  });

  addAdminFlags(
    key
      .command('revoke')
      .description('refuse a key from now on')
      .argument('<id>', 'as `key list` shows it')
      .option('--reason <text>', 'kept with the act', ''),
  ).action(async (id: string, { reason, ...flags }: AdminFlags & { reason: string }) => {
    const admin = await openAdmin(flags);
    const path = `/v1/admin/keys/${encodeURIComponent(id)}/revoke`;
    const revoked = await admin.post<Key>(path, { reason });
    print(flags.json, revoked, `Key ${revoked.id} is revoked.`);
  });
}
