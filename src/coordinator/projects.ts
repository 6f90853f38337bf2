// Projects and their API keys as the coordinator makes them: a key is told once and kept as its hash.
import { randomBytes } from 'node:crypto';
import type { Database } from '#store/database.ts';
import { hashApiKey, makeApiKey } from './requester-auth.ts';

const defaultProject = {
  id: 'project_default',
  name: 'Idlewild',
  words: 'Embeds texts for search, exactly, for whoever runs this coordinator.',
};

/** A fresh key: what its owner is told, and what the database keeps of it. */
export function makeKey() {
  const apiKey = makeApiKey();
  return { apiKey, kept: { keyHash: hashApiKey(apiKey), lastFour: apiKey.slice(-4) } };
}

/** The operator's project, with a key that is told at the first start alone. */
export async function openProject(database: Database, now: number) {
  const { apiKey, kept } = makeKey();
  const fresh = { ...defaultProject, ...kept, now };
  const { project, made } = await database.run('openDefaultProject', fresh);
  return { project, apiKey: made ? apiKey : null };
}

export interface MadeProject {
  project: string;
  apiKey: string;
}

export async function makeProject(
  database: Database,
  { name, words, now }: { name: string; words: string; now: number },
): Promise<MadeProject> {
  const { apiKey, kept } = makeKey();
  const id = `project_${randomBytes(12).toString('hex')}`;
  await database.run('addProject', { id, name, words, ...kept, now });
  return { project: id, apiKey };
}
