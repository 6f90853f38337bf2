// Checks a bounded manifest whole, before anything is allocated or fetched by it.
import { limits } from '#protocol/limits.ts';
import { readChoice, readList, readName, readNamed } from './bounded-fields.ts';
import {
  BOUNDED_FORMAT,
  type BoundedCost,
  type BoundedManifest,
  type Graph,
  type Port,
  requestPorts,
  rowPorts,
  type ShardRange,
} from './bounded-manifest.ts';
import {
  parseManifestJson,
  readBlob,
  readConstant,
  readFields,
  readInteger,
  readText,
  refuse,
} from './manifest-fields.ts';
import { readComparison, readMeasured } from './parse-comparison.ts';
import { lengthMax, readPorts } from './parse-ports.ts';
import { readRunner } from './parse-runner.ts';

const opsetMax = 1000;

/** @throws manifest/... naming the field */
export function parseBoundedManifest(bytes: Uint8Array): BoundedManifest {
  return readBoundedManifest(parseManifestJson(bytes));
}

/** @param value of the manifest's JSON */
export function readBoundedManifest(value: unknown): BoundedManifest {
  const fields = readFields(value, 'malformed', [
    'format',
    'name',
    'licence',
    'opset',
    'producer',
    'graphs',
    'runner',
    'shards',
    'files',
    'compare',
    'measured',
    'backends',
    'batching',
    'cost',
  ]);
  const format = readConstant(fields.format, 'format', BOUNDED_FORMAT);
  const shards = readShards(fields.shards);
  const graphs = readGraphs(fields.graphs, shards);
  const runner = readRunner(fields.runner, graphs);
  const outputs = rowPorts({ runner, graphs });
  return {
    format,
    name: readText(fields.name, 'name'),
    licence: readText(fields.licence, 'licence'),
    opset: readInteger(fields.opset, 'opset', 1, opsetMax),
    producer: readText(fields.producer, 'producer'),
    graphs,
    runner,
    shards,
    files: readNamed(fields.files, 'files', {
      least: 0,
      most: limits.modelFilesMax,
      read: (blob, field) => readBlob(blob, field, limits.modelFileBytesMax),
    }),
    compare: readComparison(fields.compare, runner, outputs),
    measured: readMeasured(fields.measured, outputs),
    backends: readBackends(fields.backends),
    batching: readChoice(fields.batching, 'batching', ['same', 'changes', 'unsupported']),
    cost: readCost(fields.cost, requestPorts({ runner, graphs })),
  };
}

function readShards(value: unknown): BoundedManifest['shards'] {
  const shards = readList(value, 'shards', {
    least: 1,
    most: limits.modelShardsMax,
    read: (shard, field) => readBlob(shard, field, limits.shardBytesMax),
  });
  checkTotal('shards', shards);
  return shards;
}

function checkTotal(field: string, parts: readonly { bytes: number }[]): void {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > limits.modelBytesMax) {
    throw refuse(field, `${total} bytes exceed modelBytesMax (${limits.modelBytesMax})`);
  }
}

function readGraphs(value: unknown, shards: BoundedManifest['shards']): Record<string, Graph> {
  const graphs = readNamed(value, 'graphs', {
    least: 1,
    most: limits.graphsMax,
    read: (graph, field) => readGraph(graph, field, shards),
  });
  // A range may come again and again: what it is unfolded to has the limit as well.
  checkTotal(
    'graphs',
    Object.values(graphs).flatMap(({ skeleton, weights }) => [...skeleton, ...weights]),
  );
  return graphs;
}

function readGraph(value: unknown, field: string, shards: BoundedManifest['shards']): Graph {
  const fields = readFields(value, field, ['inputs', 'outputs', 'skeleton', 'weights']);
  const ranges = (of: 'skeleton' | 'weights', least: number) =>
    readList(fields[of], `${field}.${of}`, {
      least,
      most: limits.graphPartsMax,
      read: (range, at) => readRange(range, at, shards),
    });
  return {
    inputs: readPorts(fields.inputs, `${field}.inputs`, { mayFeed: true }),
    outputs: readPorts(fields.outputs, `${field}.outputs`, { mayFeed: false }),
    skeleton: ranges('skeleton', 1),
    weights: ranges('weights', 0),
  };
}

function readRange(value: unknown, field: string, shards: BoundedManifest['shards']): ShardRange {
  const fields = readFields(value, field, ['shard', 'offset', 'bytes']);
  const shard = readInteger(fields.shard, `${field}.shard`, 0, shards.length - 1);
  const { bytes: held } = shards[shard];
  const offset = readInteger(fields.offset, `${field}.offset`, 0, held - 1);
  const bytes = readInteger(fields.bytes, `${field}.bytes`, 1, held - offset);
  return { shard, offset, bytes };
}

function readBackends(value: unknown): BoundedManifest['backends'] {
  const { wasm, webgpu } = readFields(value, 'backends', ['wasm', 'webgpu']);
  const read = (backend: unknown, field: string) => ({
    fallback: readList(readFields(backend, field, ['fallback']).fallback, `${field}.fallback`, {
      least: 0,
      most: limits.graphPortsMax,
      read: readName,
    }),
  });
  return { wasm: read(wasm, 'backends.wasm'), webgpu: read(webgpu, 'backends.webgpu') };
}

function readCost(value: unknown, inputs: readonly Port[]): BoundedCost {
  const fields = readFields(value, 'cost', ['perRequest', 'perElement', 'example']);
  const most = limits.boundedCostMax;
  const example = readNamed(fields.example, 'cost.example', {
    least: 1,
    most: limits.tensorsMax,
    read: (shape, field) =>
      readList(shape, field, {
        least: 0,
        most: limits.tensorDimensionsMax,
        read: (length, at) => readInteger(length, at, 0, lengthMax),
      }),
  });
  const stranger = Object.keys(example).find((name) => !inputs.some((port) => port.name === name));
  if (stranger !== undefined) {
    throw refuse('cost.example', `${stranger.slice(0, 80)} is no input of a request`);
  }
  return {
    perRequest: readInteger(fields.perRequest, 'cost.perRequest', 1, most),
    perElement:
      fields.perElement === null
        ? null
        : readInteger(fields.perElement, 'cost.perElement', 0, most),
    example,
  };
}
