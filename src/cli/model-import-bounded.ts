// `idlewild model import --bounded`: an ONNX file becomes a model folder that any page can run
// through onnxruntime-web, with its tolerance and its cost measured here.
import path from 'node:path';
import type { BoundedManifest, Graph } from '#model/bounded-manifest.ts';
import { manifestId } from '#model/manifest.ts';
import { parseBoundedManifest } from '#model/parse-bounded.ts';
import { type ImportedGraph, importGraph } from '#onnx-import/import-graph.ts';
import { planShards, type ShardPlan } from '#onnx-import/plan-shards.ts';
import { type Bytes, toHex, utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';
import { runThroughEngine } from './model-import-engine.ts';
import { writeBoundedFolder } from './model-import-folder.ts';
import { greedyOutputsOf } from './model-import-greedy.ts';
import { draftManifest } from './model-import-manifest.ts';
import { type BoundedOptions, readInput, readModelFiles } from './model-import-options.ts';
import { type BoundedSource, findBoundedSource } from './model-import-source.ts';

export interface BoundedImport {
  /** An .onnx file, or a folder of one. */
  source: string;
  directory: string;
  name?: string | undefined;
  options: BoundedOptions;
  /** A line for people, at each step. */
  onProgress?: ((line: string) => void) | undefined;
}

export interface ImportedBounded {
  id: string;
  directory: string;
  manifest: BoundedManifest;
  /** One request on this machine's wasm, warm where the model is one graph. */
  requestMs: number;
  seconds: number;
}

/** The graph's files, as they were read. */
interface ReadGraphs {
  graphs: Record<string, ImportedGraph>;
  /** Hex sha256 of each .onnx file, by its graph. */
  digests: Record<string, string>;
}

/** @throws onnx/..., import/...; nothing is written then */
export async function importBounded({
  source,
  directory,
  name,
  options,
  onProgress = () => {},
}: BoundedImport): Promise<ImportedBounded> {
  const started = performance.now();
  const found = await findBoundedSource(source, options);
  const called = name ?? found.name;
  const say = (line: string) => onProgress(`Importing ${called}: ${line}`);
  say('reading the graph');
  const plan = planShards();
  const { graphs, digests } = await readGraphs(found, options, plan);
  const files = await readFiles(found, options, graphs);
  const shards = plan.finish();
  const draft = await draftManifest({
    name: called,
    graphs,
    shards,
    files,
    options,
    source: found,
    say,
  });
  const manifestBytes = utf8(`${JSON.stringify(draft.manifest, null, 1)}\n`);
  const manifest = parseBoundedManifest(manifestBytes);
  say('running an example as contributors will');
  const data = shards.map((shard) => shard.data);
  const engine = await runThroughEngine(manifest, data, draft.example);
  const requestMs = Math.round(draft.requestMs ?? engine.milliseconds);
  const blobs = new Map<string, Uint8Array>(shards.map((shard) => [shard.sha256, shard.data]));
  for (const bytes of files.values()) blobs.set(toHex(sha256(bytes)), bytes);
  const about = { importer: 'idlewild-bounded/1', graphs: digests, requestMs };
  const folder = path.resolve(directory);
  const sourceText = `${JSON.stringify(about, null, 1)}\n`;
  await writeBoundedFolder(folder, { manifestBytes, blobs, source: sourceText });
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  return { id: manifestId(manifestBytes), directory: folder, manifest, requestMs, seconds };
}

const roles: Record<BoundedOptions['runner'], string[]> = {
  graph: ['model'],
  'greedy-decoder': ['encoder', 'decoder'],
};

async function readGraphs(
  source: BoundedSource,
  options: BoundedOptions,
  plan: ShardPlan,
): Promise<ReadGraphs> {
  const wanted = roles[source.runner];
  const given = [...source.graphs.keys()];
  if (given.length !== wanted.length || !wanted.every((role) => source.graphs.has(role))) {
    throw new IdlewildError('onnx/source', `A ${source.runner} has ${wanted.join(' and ')}.`, {
      metaMessages: [`Say so: ${wanted.map((role) => `--graph ${role}=FILE`).join(' ')}`],
    });
  }
  const graphs: Record<string, ImportedGraph> = {};
  const digests: Record<string, string> = {};
  for (const role of wanted) {
    const file = source.graphs.get(role) as string;
    const bytes = await readInput(file);
    const folder = path.dirname(path.resolve(file));
    const outputs = chooseOutputs(role, options.output);
    graphs[role] = await importGraph({ bytes, folder, outputs }, plan);
    digests[role] = toHex(sha256(bytes));
  }
  return { graphs: withFeeds(graphs, source, options), digests };
}

/** Of a graph's outputs, those that stay: by --output, or what a decoder needs. */
function chooseOutputs(role: string, asked: readonly string[] | undefined) {
  if (role === 'encoder') return greedyOutputsOf.encoder;
  if (role === 'decoder') return greedyOutputsOf.decoder;
  return asked ? () => asked : undefined;
}

/** @throws onnx/feed */
function withFeeds(
  graphs: Record<string, ImportedGraph>,
  source: BoundedSource,
  { feed: feeds = new Map() }: BoundedOptions,
): Record<string, ImportedGraph> {
  const role = source.runner === 'graph' ? 'model' : 'encoder';
  const { graph } = graphs[role];
  const stranger = [...feeds.keys()].find(
    (name) => !graph.inputs.some((port) => port.name === name),
  );
  if (stranger !== undefined) {
    throw new IdlewildError('onnx/feed', `The model has no input ${stranger} to feed.`);
  }
  const inputs = graph.inputs.map((port) => ({ ...port, feed: feeds.get(port.name) ?? null }));
  const fed: Graph = { ...graph, inputs };
  return { ...graphs, [role]: { ...graphs[role], graph: fed } };
}

/** Text recognition keeps its letters in the file's metadata, one a line. */
const lettersKey = 'character';
const lettersFile = 'characters.txt';

async function readFiles(
  source: BoundedSource,
  { file: given = new Map() }: BoundedOptions,
  graphs: Record<string, ImportedGraph>,
): Promise<Map<string, Bytes>> {
  const files = await readModelFiles(new Map([...source.files, ...given]));
  for (const { metadata } of Object.values(graphs)) {
    const letters = metadata.get(lettersKey);
    if (letters && !files.has(lettersFile)) files.set(lettersFile, utf8(letters));
  }
  return files;
}
