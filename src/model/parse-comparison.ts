// The manifest's word on when two answers agree, and on what the import measured for it.
import type { Closeness, Comparison } from '#protocol/comparison.ts';
import { limits } from '#protocol/limits.ts';
import { readChoice, readFlag, readList, readNamed, readNumber } from './bounded-fields.ts';
import type { BoundedManifest, Measured, Port } from './bounded-manifest.ts';
import {
  type Fields,
  quote,
  readFields,
  readInteger,
  readText,
  refuse,
} from './manifest-fields.ts';

const floats = ['float32', 'float16', 'float64'];
const waysMax = 16;
const requestsMax = 10_000;
const marginMax = 1000;

/** @param outputs of a row */
export function readComparison(
  value: unknown,
  runner: BoundedManifest['runner'],
  outputs: readonly Port[],
): Comparison {
  const isObject = typeof value === 'object' && value !== null;
  const kind = readChoice(isObject ? (value as Fields).kind : value, 'compare.kind', [
    'close',
    'argmax',
    'equal',
  ]);
  if (runner.kind === 'greedy-decoder' && kind !== 'equal') {
    throw refuse('compare.kind', 'a greedy decoder compares its tokens: equal');
  }
  if (kind === 'close') return readClose(value, outputs);
  const names = kind === 'equal' ? ['kind', 'output'] : ['kind', 'output', 'axis', 'collapse'];
  const fields = readFields(value, 'compare', names);
  const port = outputs.find(({ name }) => name === fields.output);
  // What is not compared could be anything: a graph gives nothing beside what is.
  if (!port || (runner.kind === 'graph' && outputs.length > 1)) {
    throw refuse('compare.output', 'expected the one output');
  }
  if (kind === 'equal') {
    if (floats.includes(port.dtype)) throw refuse('compare.output', 'expected integers');
    return { kind, output: port.name };
  }
  const axis = readInteger(fields.axis, 'compare.axis', 0, Math.max(0, port.shape.length - 1));
  return { kind, output: port.name, axis, collapse: readFlag(fields.collapse, 'compare.collapse') };
}

function readClose(value: unknown, outputs: readonly Port[]): Comparison {
  const fields = readFields(value, 'compare', ['kind', 'outputs']);
  const tolerances = readTolerances(fields.outputs, 'compare.outputs', outputs);
  const missing = outputs.find(({ name }) => !Object.hasOwn(tolerances, name));
  if (missing) throw refuse('compare.outputs', `${quote(missing.name)} is missing`);
  return { kind: 'close', outputs: tolerances };
}

function readTolerances(value: unknown, field: string, outputs: readonly Port[]) {
  const tolerances = readNamed(value, field, {
    least: 0,
    most: limits.tensorsMax,
    read: readCloseness,
  });
  const stranger = Object.keys(tolerances).find(
    (name) => !outputs.some((port) => port.name === name),
  );
  if (stranger !== undefined) throw refuse(field, `${quote(stranger)} is no output`);
  return tolerances;
}

function readCloseness(value: unknown, field: string): Closeness {
  const fields = readFields(value, field, ['absolute', 'relative', 'cosine']);
  return {
    absolute: readNumber(fields.absolute, `${field}.absolute`, 0, Number.MAX_VALUE),
    relative: readNumber(fields.relative, `${field}.relative`, 0, Number.MAX_VALUE),
    cosine: readNumber(fields.cosine, `${field}.cosine`, -1, 1),
  };
}

export function readMeasured(value: unknown, outputs: readonly Port[]): Measured {
  const fields = readFields(value, 'measured', ['ways', 'requests', 'margin', 'spread']);
  return {
    ways: readList(fields.ways, 'measured.ways', { least: 0, most: waysMax, read: readText }),
    requests: readInteger(fields.requests, 'measured.requests', 0, requestsMax),
    margin: readNumber(fields.margin, 'measured.margin', 1, marginMax),
    spread: readTolerances(fields.spread, 'measured.spread', outputs),
  };
}
