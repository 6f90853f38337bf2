// What the coordinator wrote into the page about itself: a data block in the head. The words in it
// are a project's own, so everything is checked here and shown as text only.
import { ARITHMETIC, WIRE_VERSION } from '#protocol/wire.ts';

export interface Model {
  id: string;
  name: string;
  licence: string;
  /** Of its files; 0 where the coordinator does not say. */
  bytes: number;
}

export interface Coordinator {
  /** The coordinator's name, or empty. */
  name: string;
  /** What is computed and why, in the project's words, or empty. */
  words: string;
  project: string;
  models: Model[];
  wire: number;
  arithmetic: string;
  laboratory: boolean;
}

const textLengthMax = 600;
const modelsMax = 8;

/** @param json the data block's text, or null where the page came without one */
export function readCoordinator(json: string | null): Coordinator {
  const value = parse(json);
  const text = (field: unknown) =>
    typeof field === 'string' ? field.trim().slice(0, textLengthMax) : '';
  const models = Array.isArray(value.models) ? value.models.slice(0, modelsMax) : [];
  return {
    name: text(value.name),
    words: text(value.words),
    project: text(value.project),
    models: models.flatMap((model) => {
      if (typeof model !== 'object' || model === null) return [];
      const { id, name, licence, bytes } = model as Record<string, unknown>;
      if (!text(id) && !text(name)) return [];
      const size = typeof bytes === 'number' && bytes > 0 ? bytes : 0;
      return [{ id: text(id), name: text(name) || text(id), licence: text(licence), bytes: size }];
    }),
    wire: typeof value.wire === 'number' ? value.wire : WIRE_VERSION,
    arithmetic: text(value.arithmetic) || ARITHMETIC,
    laboratory: value.laboratory === true,
  };
}

function parse(json: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
