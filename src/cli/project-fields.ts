// The flags that say what a project is, for `idlewild project add` and `set`, and the words that show
// it.
import { type Command, Option } from 'commander';
import { contentClasses } from '#protocol/content-class.ts';
import { levels } from '#validator/policy.ts';

export interface FieldFlags {
  name?: string;
  words?: string;
  contentClass?: string;
  model?: string[];
  anyModel?: true;
  verification?: string;
  open?: true;
  closed?: true;
  origin?: string[];
  /** False where `--no-origins` says that there are to be none. */
  origins: boolean;
}

const gather = (one: string, others: string[] | undefined) => [...(others ?? []), one];

export function addFieldFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--content-class <class>', 'what kind of texts its batches hold').choices(
        contentClasses,
      ),
    )
    .addOption(
      new Option('--model <name>', 'that its batches may use, by name or id; once for each')
        .argParser(gather)
        .conflicts('anyModel'),
    )
    .option('--any-model', 'its batches may use every model')
    .addOption(new Option('--verification <level>', 'of batches that do not say').choices(levels))
    .addOption(new Option('--open', 'list it, for everybody to choose').conflicts('closed'))
    .option('--closed', 'hide it: only who asks for it by its id gets its units')
    .addOption(
      new Option('--origin <origin>', 'that may embed it, or *; once for each').argParser(gather),
    )
    .addOption(
      new Option('--no-origins', "only the coordinator's own origin may embed it").conflicts(
        'origin',
      ),
    );
}

/** The fields that were named, as the admin API has them. */
export function readFields(flags: FieldFlags): Record<string, unknown> {
  const origins = flags.origins ? flags.origin : [];
  const fields = {
    name: flags.name,
    words: flags.words,
    content_class: flags.contentClass,
    models: flags.anyModel ? [] : flags.model,
    verification: flags.verification,
    open: flags.open ?? (flags.closed ? false : undefined),
    origins,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

interface Shown {
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
}

const lines = (many: string[], none: string) => (many.length > 0 ? many.join(' ') : none);

export function describeFields(project: Shown): string[][] {
  return [
    ['project', project.id + (project.is_default ? ' (the default)' : '')],
    ['name', project.name],
    ['words', project.words || '–'],
    ['content class', project.content_class],
    ['models', lines(project.models, 'any')],
    ['verification', `${project.verification}, where a batch does not say`],
    ['state', project.open ? 'open' : 'closed: for who asks for it by its id'],
    ['may embed it', lines(project.origins, "the coordinator's own origin")],
    ['keys', String(project.keys)],
    ['batches', String(project.batches)],
  ];
}
