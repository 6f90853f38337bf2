// What the coordinator wrote into the page about itself: a data block in the head. The words in it
// are a project's own, so everything is checked here and shown as text only.
import { ARITHMETIC, WIRE_VERSION } from '#protocol/wire.ts';
import { consentMsDefault } from './consent.ts';

export interface Model {
  id: string;
  name: string;
  licence: string;
  /** Of its files; 0 where the coordinator does not say. */
  bytes: number;
}

export interface Project {
  id: string;
  name: string;
  /** What is computed and why, in the project's words, or empty. */
  words: string;
  /** Empty where the coordinator does not say. */
  contentClass: 'public' | 'personal' | 'sensitive' | '';
  /** Ids of the models that it may use; empty for any. */
  models: string[];
  verification: 'sampled' | 'full' | 'trusted' | '';
  isDefault: boolean;
}

export interface Coordinator {
  /** The coordinator's name, or empty. */
  name: string;
  /** What is computed and why, in the words of the project that this page is for, or empty. */
  words: string;
  project: string;
  projectId: string;
  models: Model[];
  /** Those that a contributor may choose; null where the coordinator does not say. */
  projects: Project[] | null;
  consentMs: number;
  wire: number;
  arithmetic: string;
  laboratory: boolean;
}

const textLengthMax = 600;
const modelsMax = 8;
const projectsMax = 64;

/** @param json the data block's text, or null where the page came without one */
export function readCoordinator(json: string | null): Coordinator {
  const value = parse(json);
  const { consentMs, wire, projects } = value;
  return {
    name: text(value.name),
    words: text(value.words),
    project: text(value.project),
    projectId: text(value.projectId),
    models: list(value.models, modelsMax).flatMap(readModel),
    projects: Array.isArray(projects) ? list(projects, projectsMax).flatMap(readProject) : null,
    consentMs: typeof consentMs === 'number' && consentMs > 0 ? consentMs : consentMsDefault,
    wire: typeof wire === 'number' ? wire : WIRE_VERSION,
    arithmetic: text(value.arithmetic) || ARITHMETIC,
    laboratory: value.laboratory === true,
  };
}

type Fields = Record<string, unknown>;

function readModel({ id, name, licence, bytes }: Fields): Model[] {
  if (!text(id) && !text(name)) return [];
  const size = typeof bytes === 'number' && bytes > 0 ? bytes : 0;
  return [{ id: text(id), name: text(name) || text(id), licence: text(licence), bytes: size }];
}

function readProject(fields: Fields): Project[] {
  const [id, name] = [text(fields.id), text(fields.name)];
  if (!id) return [];
  const models = Array.isArray(fields.models) ? fields.models.slice(0, modelsMax) : [];
  return [
    {
      id,
      name: name || id,
      words: text(fields.words),
      contentClass: oneOf(fields.contentClass, ['public', 'personal', 'sensitive']),
      models: models.map(text).filter(Boolean),
      verification: oneOf(fields.verification, ['sampled', 'full', 'trusted']),
      isDefault: fields.isDefault === true,
    },
  ];
}

function text(field: unknown): string {
  return typeof field === 'string' ? field.trim().slice(0, textLengthMax) : '';
}

function list(field: unknown, max: number): Fields[] {
  if (!Array.isArray(field)) return [];
  return field.slice(0, max).filter((item) => typeof item === 'object' && item !== null);
}

function oneOf<Known extends string>(field: unknown, known: readonly Known[]): Known | '' {
  return known.find((name) => name === field) ?? '';
}

function parse(json: string | null): Fields {
  try {
    const value: unknown = JSON.parse(json ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}
