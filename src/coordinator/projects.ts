// Projects and their API keys as the coordinator makes them: a key is told once and kept as its hash.
import { randomBytes } from 'node:crypto';
import type { Database } from '#store/database.ts';
import type { Project, ProjectFields } from '#store/project-operations.ts';
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

/** The operator's project. @returns its key, which is told at the first start alone */
export async function openProject(database: Database, now: number): Promise<string | null> {
  const { apiKey, kept } = makeKey();
  const fresh = { ...defaultProject, ...kept, now };
  const { made } = await database.run('openDefaultProject', fresh);
  return made ? apiKey : null;
}

export interface MadeProject {
  project: string;
  apiKey: string;
}

/** What is not given of it is as nobody has said it. */
export type GivenProject = Pick<ProjectFields, 'name' | 'words'> & Partial<ProjectFields>;

export async function makeProject(
  database: Database,
  { now, ...fields }: GivenProject & { now: number },
): Promise<MadeProject> {
  const { apiKey, kept } = makeKey();
  const id = `project_${randomBytes(12).toString('hex')}`;
  await database.run('addProject', { ...fields, id, ...kept, now });
  return { project: id, apiKey };
}

/** A project as anyone may know it. */
export function describeProject(project: Project) {
  const { id, name, words, content_class, models, verification, is_default } = project;
  return { id, name, words, content_class, models, verification, is_default };
}

/** The same as the page's data block has it. */
export function describeForPage(project: Project) {
  const { content_class: contentClass, is_default: isDefault, ...rest } = describeProject(project);
  return { ...rest, contentClass, isDefault };
}
