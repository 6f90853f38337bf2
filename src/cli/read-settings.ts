// Settings from the command line, the environment and the config file, in this order of precedence,
// each value checked by one schema wherever it was found, and each mistake said with its place.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { IdlewildError } from '#protocol/errors.ts';
import {
  environmentName,
  fieldName,
  helpOf,
  type Setting,
  type SettingName,
  type Settings,
  settings,
} from './settings.ts';

/** Larger than any honest secret or config file. */
const fileBytesMax = 64 << 10;
const table = Object.entries(settings) as [SettingName, Setting][];

/** Gives a command the flag of every setting, and --config. */
export function addSettings(command: Command): Command {
  command.option('--config <file>', 'settings as JSON, under the names of their flags');
  for (const [name, setting] of table) {
    const option = new Option(...helpOf(name, setting));
    command.addOption(option.argParser(option.variadic ? gather : (text: string) => text));
  }
  return command;
}

function gather(text: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), text];
}

/** Where a value was found, for the sentence that refuses it. */
interface Found {
  place: string;
  value: unknown;
  /** Relative paths are named from here. */
  from: string;
}

export interface Sources {
  /** As commander gives them: camelCase, only those that were given. */
  flags: Record<string, unknown>;
  environment: Record<string, string | undefined>;
  /** Folder that relative paths of flags and environment are named from. */
  folder: string;
}

/** @throws settings/invalid, settings/unreadable with the place of the mistake */
export async function readSettings({ flags, environment, folder }: Sources): Promise<Settings> {
  const config = flags.config ?? environment[environmentName('config')];
  const file = typeof config === 'string' && config !== '' ? path.resolve(folder, config) : null;
  const fields = file === null ? {} : await readConfig(file);
  const read: Record<string, unknown> = {};
  for (const [name, setting] of table) {
    const found =
      findFlag(name, setting, { flags, folder }) ??
      findVariable(name, setting, { environment, folder }) ??
      findField(name, setting, { file: file ?? '', fields });
    read[name] = found ? await readValue(setting, found) : setting.default;
  }
  return read as Settings;
}

function invalid(place: string, what: string): IdlewildError {
  return new IdlewildError('settings/invalid', `${place} ${what}.`, {
    metaMessages: ['idlewild serve --help lists the settings.'],
  });
}

function findFlag(
  name: string,
  setting: Setting,
  { flags, folder }: { flags: Record<string, unknown>; folder: string },
): Found | null {
  const field = fieldName(name, setting);
  const key = field.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const value = flags[key];
  return value === undefined
    ? null
    : { place: `--${field}`, value: toJson(setting, value), from: folder };
}

/** A secret may stand in the environment itself; NAME_FILE names the file that holds it. */
function findVariable(
  name: string,
  setting: Setting,
  { environment, folder }: { environment: Sources['environment']; folder: string },
): Found | null {
  const { kind } = setting;
  for (const known of [environmentName(name), setting.environment ?? '']) {
    const text = environment[known];
    if (text === undefined || text === '') continue;
    const value = kind === 'secret' ? { held: text } : toJson(setting, text);
    return { place: known, value, from: folder };
  }
  const file = kind === 'secret' ? environment[environmentName(`${name}-file`)] : undefined;
  return file ? { place: environmentName(`${name}-file`), value: file, from: folder } : null;
}

function findField(
  name: string,
  setting: Setting,
  { file, fields }: { file: string; fields: Record<string, unknown> },
): Found | null {
  const field = fieldName(name, setting);
  const value = fields[field];
  if (value === undefined) return null;
  return { place: `${path.basename(file)}: '${field}'`, value, from: path.dirname(file) };
}

/** Words of a command line or an environment as the config file would write them. */
function toJson({ kind }: Setting, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (kind === 'whole') return /^\d+$/.test(value) ? Number(value) : value;
  if (kind === 'switch' && /^(true|false|1|0|yes|no)$/i.test(value)) return /^[ty1]/i.test(value);
  if (kind === 'list' || kind === 'paths') return value.split(/\s+/).filter((one) => one !== '');
  return value;
}

function schemaOf({ kind, min, max, choices, findFault }: Setting): z.ZodType {
  const text = z
    .string('must be text')
    .min(1, 'must not be empty')
    .superRefine((value, context) => {
      const fault = findFault?.(value) ?? null;
      if (fault) context.addIssue({ code: 'custom', message: `holds '${value}', which ${fault}` });
    });
  if (kind === 'whole') {
    const [least, most] = [min ?? 0, max ?? Number.MAX_SAFE_INTEGER];
    const words = `must be a whole number from ${least} to ${most}`;
    return z.number(words).int(words).min(least, words).max(most, words);
  }
  if (kind === 'switch') return z.boolean('must be true or false');
  if (kind === 'list' || kind === 'paths') return z.array(text, 'must be a list of texts');
  if (choices) return z.enum([...choices], `must be one of ${choices.join(', ')}`);
  return text;
}

async function readValue(setting: Setting, { place, value, from }: Found): Promise<unknown> {
  if (setting.kind === 'secret') return readSecret({ place, value, from });
  const parsed = schemaOf(setting).safeParse(value);
  if (!parsed.success) throw invalid(place, parsed.error.issues[0].message);
  if (setting.kind === 'path') return path.resolve(from, parsed.data as string);
  if (setting.kind !== 'paths') return parsed.data;
  return (parsed.data as string[]).map((one) => path.resolve(from, one));
}

/** No message holds the secret. */
async function readSecret({ place, value, from }: Found): Promise<string> {
  if (typeof value === 'object' && value !== null && 'held' in value) return String(value.held);
  const parsed = z.string('must be text').min(1, 'must name a file').safeParse(value);
  if (!parsed.success) throw invalid(place, parsed.error.issues[0].message);
  const secret = (await readSmall(path.resolve(from, parsed.data), place)).trim();
  if (secret === '') throw invalid(place, 'names a file that is empty');
  return secret;
}

async function readSmall(file: string, place: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const message = `${place} names a file that cannot be read (${cause.code ?? 'unknown'}).`;
    throw new IdlewildError('settings/unreadable', message, { cause });
  });
  if (text.length > fileBytesMax) throw invalid(place, `names a file over ${fileBytesMax} bytes`);
  return text;
}

async function readConfig(file: string): Promise<Record<string, unknown>> {
  const name = path.basename(file);
  const text = await readSmall(file, `--config ${name}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw invalid(name, `is not JSON: ${(thrown as Error).message}`);
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(json);
  if (!parsed.success || Array.isArray(json)) throw invalid(name, 'must hold one JSON object');
  const known = table.map(([one, setting]) => fieldName(one, setting));
  for (const field of Object.keys(parsed.data)) {
    if (known.includes(field)) continue;
    if (settings[field as SettingName]?.kind === 'secret') {
      throw invalid(`${name}: '${field}'`, `is a secret: name its file as '${field}-file'`);
    }
    throw invalid(`${name}: '${field}'`, 'is no setting');
  }
  return parsed.data;
}
