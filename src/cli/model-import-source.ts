// Finds the .onnx files of a bounded model: a file, or a folder as exporters lay it out, with what
// lies beside them.
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { IdlewildError } from '#protocol/errors.ts';
import type { BoundedOptions } from './model-import-options.ts';

export interface BoundedSource {
  /** By the graph's role. */
  graphs: Map<string, string>;
  runner: BoundedOptions['runner'];
  /** generation_config.json of a greedy decoder. */
  generation: string | null;
  /** By name: what requesters need, found beside the model. */
  files: Map<string, string>;
  name: string;
  /** Lengths that the source itself says are usual. */
  shapes: Record<string, number[]>;
}

const keptFiles = ['tokenizer.json'];

/** @param source a file or a folder; not looked at where --graph names the files */
export async function findBoundedSource(
  source: string,
  options: BoundedOptions,
): Promise<BoundedSource> {
  const graphs = options.graph ?? new Map<string, string>();
  const name = path.basename(source).replace(/\.onnx$/, '');
  const given = {
    generation: options.generation ?? null,
    files: new Map<string, string>(),
    shapes: {},
  };
  if (graphs.size > 0) {
    const first = [...graphs.values()][0];
    const own = path.basename(path.dirname(path.resolve(first)));
    return { graphs, runner: options.runner, name: own, ...given };
  }
  const found = await stat(source).catch(() => null);
  if (found?.isDirectory()) return findInFolder(source, options);
  if (!found) {
    throw new IdlewildError('onnx/file', `There is no file or folder ${source}.`, {
      metaMessages: ['Give an .onnx file, or a folder that holds one.'],
    });
  }
  return { graphs: new Map([['model', source]]), runner: 'graph', name, ...given };
}

async function findInFolder(folder: string, options: BoundedOptions): Promise<BoundedSource> {
  const here = await readdir(folder);
  const inner = path.join(folder, 'onnx');
  const below = await readdir(inner).catch((): string[] => []);
  const models = [
    ...here.map((file) => path.join(folder, file)),
    ...below.map((file) => path.join(inner, file)),
  ].filter((file) => file.endsWith('.onnx'));
  const beside = (file: string) => (here.includes(file) ? path.join(folder, file) : null);
  const files = new Map(
    keptFiles.flatMap((file) => {
      const found = beside(file);
      return found ? [[file, found] as const] : [];
    }),
  );
  const name = path.basename(path.resolve(folder));
  const generation = options.generation ?? beside('generation_config.json');
  const pick = (start: string) => models.filter((file) => path.basename(file).startsWith(start));
  const [encoders, decoders] = [pick('encoder_model'), pick('decoder_model_merged')];
  if (encoders.length === 1 && decoders.length === 1) {
    const graphs = new Map([
      ['encoder', encoders[0]],
      ['decoder', decoders[0]],
    ]);
    const shapes = await readFeatureShape(beside('preprocessor_config.json'));
    return { graphs, runner: 'greedy-decoder', generation, files, name, shapes };
  }
  if (models.length === 1) {
    const graphs = new Map([['model', models[0]]]);
    return { graphs, runner: 'graph', generation, files, name, shapes: {} };
  }
  throw new IdlewildError('onnx/source', `The folder holds ${models.length} .onnx files.`, {
    metaMessages: ['Name one of them, or each with its role: --graph encoder=FILE'],
  });
}

/** Of a spectrogram, as its preprocessor makes it; none where that is not said. */
async function readFeatureShape(file: string | null): Promise<Record<string, number[]>> {
  const text = file ? await readFile(file, 'utf8').catch(() => '{}') : '{}';
  const { feature_size: bands, nb_max_frames: frames } = parseOrNothing(text);
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
  if (!isCount(bands) || !isCount(frames)) return {};
  return { input_features: [1, bands as number, frames as number] };
}

function parseOrNothing(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
