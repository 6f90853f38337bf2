// The options of `idlewild model import --bounded`, read strictly: each refusal says what it
// expects.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Feed } from '#model/bounded-manifest.ts';
import { onnxLimits } from '#onnx-import/onnx-limits.ts';
import type { Bytes } from '#protocol/bytes.ts';
import type { Closeness } from '#protocol/comparison.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';

export interface BoundedOptions {
  graph?: Map<string, string>;
  runner: 'graph' | 'greedy-decoder';
  generation?: string;
  output?: string[];
  example?: Map<string, number[]>;
  range?: Map<string, number[]>;
  request?: string[];
  feed?: Map<string, Feed>;
  file?: Map<string, string>;
  compare: 'close' | 'argmax' | 'equal';
  axis?: number;
  ctc?: boolean;
  licence?: string;
  examples: number;
  margin: number;
  tolerance?: Closeness;
  webgpu: boolean;
}

const group = 'Bounded models (any ONNX file, with --bounded):';
const runners = ['graph', 'greedy-decoder'];
const comparisons = ['close', 'argmax', 'equal'];
const examplesMax = 100;
const marginMax = 1000;

/** `NAME=rest`, the name up to the last `=`: tensors are called all sorts of things. */
function cutAtName(text: string): [string, string] {
  const at = text.lastIndexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('expected NAME=VALUE');
  return [text.slice(0, at), text.slice(at + 1)];
}

function readNumbers(text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (text.trim() !== '' && numbers.every(Number.isFinite)) return numbers;
  throw new InvalidArgumentError('expected numbers with commas between them');
}

function readFeed(text: string): Feed {
  const [axis, scale, offset, ...rest] = text.split(':');
  if (!/^\d$/.test(axis) || scale === undefined || offset === undefined || rest.length > 0) {
    throw new InvalidArgumentError('expected NAME=AXIS:SCALE,...:OFFSET,...');
  }
  const [scales, offsets] = [readNumbers(scale), readNumbers(offset)];
  return { dtype: 'uint8', axis: Number(axis), scale: scales, offset: offsets };
}

function readTolerance(text: string): Closeness {
  const [absolute, relative, cosine, ...rest] = readNumbers(text);
  const isSound = absolute >= 0 && relative >= 0 && cosine >= -1 && cosine <= 1;
  if (isSound && rest.length === 0) return { absolute, relative, cosine };
  throw new InvalidArgumentError('expected ABSOLUTE,RELATIVE,COSINE, such as 1e-3,0,0.9999');
}

/** Gathers `NAME=VALUE` of an option that may come again. */
function gather<T>(read: (text: string) => T) {
  return (text: string, held: Map<string, T> | undefined): Map<string, T> | undefined => {
    const [name, value] = cutAtName(text);
    return new Map(held).set(name, read(value));
  };
}

const collect = (text: string, held: string[] = []) => [...held, text];

function readCount(most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`expected 1 to ${most}`);
  };
}

function readAxis(text: string): number {
  if (/^[0-7]$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected 0 to 7');
}

export function addBoundedOptions(command: Command): Command {
  const add = <T>(flags: string, about: string, parse?: (text: string, held: T) => T) => {
    const option = new Option(flags, about).helpGroup(group);
    command.addOption(parse ? option.argParser(parse) : option);
  };
  add('--bounded', 'import an .onnx file, or a folder of one, to run through onnxruntime-web');
  add('--graph <role=file>', 'encoder=FILE and decoder=FILE, for a greedy decoder', gather(String));
  command.addOption(
    new Option('--runner <kind>', 'one run of one graph, or text token by token')
      .choices(runners)
      .default('graph')
      .helpGroup(group),
  );
  add('--generation <file>', "a greedy decoder's generation_config.json");
  add('--output <name>', 'keep this output, drop those not named', collect);
  add('--example <name=lengths>', 'a usual shape: x=1,3,48,320', gather(readNumbers));
  add('--range <name=low,high>', "an input's values; -1,1 and 0,1 otherwise", gather(readNumbers));
  add('--request <file>', 'measure with this: JSON, as the inputs of /v1/infer', collect);
  add('--feed <name=axis:scales:offsets>', 'may also come as bytes, so scaled', gather(readFeed));
  add('--file <name=path>', 'a file for requesters, such as tokenizer.json', gather(String));
  command.addOption(
    new Option('--compare <kind>', 'when two answers agree')
      .choices(comparisons)
      .default('close')
      .helpGroup(group),
  );
  add('--axis <n>', 'of argmax; the last otherwise', readAxis);
  add('--ctc', 'of argmax: repeats and blanks (id 0) are dropped first');
  add('--licence <name>', "the model's licence");
  command.addOption(
    new Option('--examples <n>', 'requests to measure with')
      .argParser(readCount(examplesMax))
      .default(3)
      .helpGroup(group),
  );
  command.addOption(
    new Option('--margin <factor>', 'the tolerance, in measured spreads')
      .argParser(readCount(marginMax))
      .default(16)
      .helpGroup(group),
  );
  add('--tolerance <numbers>', 'of close: ABSOLUTE,RELATIVE,COSINE, not measured', readTolerance);
  add('--no-webgpu', 'measure on wasm alone, though a Chromium is at hand');
  return command;
}

/** @throws onnx/file, onnx/files */
export async function readModelFiles(
  files: ReadonlyMap<string, string>,
): Promise<Map<string, Bytes>> {
  if (files.size > limits.modelFilesMax) {
    throw new IdlewildError('onnx/files', `At most ${limits.modelFilesMax} files (modelFilesMax).`);
  }
  const read = new Map<string, Bytes>();
  for (const [name, file] of files) {
    read.set(name, await readInput(file, limits.modelFileBytesMax));
  }
  return read;
}

/** @throws onnx/file, before anything is read where it is too large */
export async function readInput(
  file: string,
  bytesMax: number = onnxLimits.fileBytesMax,
): Promise<Bytes> {
  const name = path.basename(file);
  try {
    const { size } = await stat(file);
    if (size === 0 || size > bytesMax) {
      const message = `${name} has ${size} bytes; expected 1 to ${bytesMax}.`;
      throw new IdlewildError('onnx/file', message);
    }
    const bytes = await readFile(file);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (cause) {
    if (cause instanceof IdlewildError) throw cause;
    throw new IdlewildError('onnx/file', `The file ${name} cannot be read.`, { cause });
  }
}
