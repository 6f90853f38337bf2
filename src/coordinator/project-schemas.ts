// What an operator may say of a project, field by field. Contributors read its words, and its origins
// go into a policy: neither may hold more than it shows.
import { z } from 'zod';
import { contentClasses } from '#protocol/content-class.ts';
import { limits } from '#protocol/limits.ts';
import type { ProjectFields } from '#store/project-operations.ts';
import { levels } from '#validator/policy.ts';
import { named, text } from './admin-bodies.ts';
import type { ModelStore } from './model-store.ts';
import type { GivenProject } from './projects.ts';
import { readOrigin } from './read-origin.ts';

type LimitName = keyof typeof limits;

const over = (limit: LimitName, what: string) => `exceeds ${limits[limit]} ${what} (${limit})`;
/** Invisible characters that turn what stands around them. */
const turning = /[\u202a-\u202e\u2066-\u2069]/;
const shown = (allowed: RegExp) => (value: string) =>
  !turning.test(value) && !/\p{Cc}/u.test(value.replaceAll(allowed, ''));
const hidden = { error: 'holds a control character' };

const name = z
  .string('must be text')
  .trim()
  .min(1, 'must not be empty')
  .max(limits.projectNameMax, over('projectNameMax', 'characters'))
  .refine(shown(/^$/g), hidden);
const words = z
  .string('must be text')
  .trim()
  .max(limits.projectWordsMax, over('projectWordsMax', 'characters'))
  .refine(shown(/\r?\n/g), hidden);

function oneOf<Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: `must be one of ${names.join(', ')}` });
}

function listOf<Item extends z.ZodType>(item: Item, limit: LimitName) {
  const most = `holds more than ${limits[limit]} (${limit})`;
  return z
    .array(item, 'must be a list')
    .max(limits[limit], most)
    .transform((items) => [...new Set(items)]);
}

const origin = z.string('must be text').transform((given, context) => {
  const read = readOrigin(given);
  if (read !== null) return read;
  const message = 'must be an origin such as https://example.org, http://localhost:*, or *';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** By name or by id, of those that this coordinator serves; kept by id. */
function modelOf(models: ModelStore) {
  return text.transform((given, context) => {
    const model = models.find(given);
    if (model) return model.id;
    context.addIssue({ code: 'custom', message: 'names no model of this coordinator' });
    return z.NEVER;
  });
}

export function projectSchemas(models: ModelStore) {
  const others = {
    content_class: oneOf(contentClasses),
    models: listOf(modelOf(models), 'projectModelsMax'),
    verification: oneOf(levels),
    open: z.boolean('must be true or false'),
    origins: listOf(origin, 'projectOriginsMax'),
  };
  const fields = { name, words, ...others };
  const some = z.strictObject({ ...z.object(fields).partial().shape, reason: text.default('') });
  return {
    /** A new one: what is not said is the database's to say. */
    fresh: z
      .strictObject({ name, words: words.default(''), ...z.object(others).partial().shape })
      .transform((given) => given as GivenProject),
    /** What is to change of it, and why. */
    change: some.transform(({ reason, ...change }) => ({
      reason,
      change: change as Partial<ProjectFields>,
    })),
  };
}

export const keyBody = z.strictObject({ project: named, name: text.default('') });
