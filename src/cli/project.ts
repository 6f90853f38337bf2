// `idlewild project`: what requesters ask strangers to help with, made and listed by the operator.
import type { Command } from 'commander';
import { type AdminFlags, addAdminFlags, formatTime, openAdmin, print } from './admin-client.ts';
import { table } from './progress.ts';

interface Made {
  id: string;
  name: string;
  api_key: string;
}

interface Listed {
  data: { id: string; name: string; keys: number; batches: number; created_at: number }[];
}

export function addProject(program: Command): void {
  const project = program.command('project').description("make and list requesters' projects");

  addAdminFlags(
    project
      .command('add')
      .description('make a project, and its first API key')
      .argument('<name>', 'as contributors see it')
      .option('--words <text>', 'what it asks them to help with', ''),
  ).action(async (name: string, { words, ...flags }: AdminFlags & { words: string }) => {
    const admin = await openAdmin(flags);
    const made = await admin.post<Made>('/v1/admin/projects', { name, words });
    const lines = [`Project ${made.id}`, `API key ${made.api_key} (shown this once)`];
    print(flags.json, made, lines.join('\n'));
  });

  addAdminFlags(project.command('list').description('list all projects')).action(
    async (flags: AdminFlags) => {
      const admin = await openAdmin(flags);
      const listed = await admin.get<Listed>('/v1/admin/projects');
      const rows = listed.data.map((one) => [
        one.id,
        one.name,
        String(one.keys),
        String(one.batches),
        formatTime(one.created_at),
      ]);
      print(flags.json, listed, table([['project', 'name', 'keys', 'batches', 'made'], ...rows]));
    },
  );
}
