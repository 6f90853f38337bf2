// The manifest's word on a graph's inputs and outputs.
import { limits } from '#protocol/limits.ts';
import { dtypeBytes } from '#protocol/tensor.ts';
import { readChoice, readList, readName, readNumber } from './bounded-fields.ts';
import type { Feed, Port } from './bounded-manifest.ts';
import { readConstant, readFields, readInteger, refuse } from './manifest-fields.ts';

export const lengthMax = 2 ** 31 - 1;
const dtypes = Object.keys(dtypeBytes) as (keyof typeof dtypeBytes)[];
/** Of scales and offsets: colours have three or four. */
const feedChannelsMax = 64;
const feedValueMax = 1e6;

/** @param options.mayFeed true for inputs */
export function readPorts(value: unknown, field: string, options: { mayFeed: boolean }): Port[] {
  const ports = readList(value, field, {
    least: 1,
    most: limits.graphPortsMax,
    read: (port, at) => readPort(port, at, options.mayFeed),
  });
  const seen = new Set<string>();
  for (const { name } of ports) {
    if (seen.has(name)) throw refuse(field, `${name.slice(0, 80)} is there twice`);
    seen.add(name);
  }
  return ports;
}

function readPort(value: unknown, field: string, mayFeed: boolean): Port {
  const fields = readFields(value, field, ['name', 'dtype', 'shape', 'feed']);
  const port: Port = {
    name: readName(fields.name, `${field}.name`),
    dtype: readChoice(fields.dtype, `${field}.dtype`, dtypes),
    shape: readList(fields.shape, `${field}.shape`, {
      least: 0,
      most: limits.tensorDimensionsMax,
      read: (length, at) =>
        typeof length === 'string' ? readName(length, at) : readInteger(length, at, 0, lengthMax),
    }),
    feed: null,
  };
  if (fields.feed === null) return port;
  if (!mayFeed || port.dtype !== 'float32') {
    throw refuse(`${field}.feed`, 'only an input of float32 has one');
  }
  return { ...port, feed: readFeed(fields.feed, `${field}.feed`, port) };
}

function readFeed(value: unknown, field: string, { shape }: Port): Feed {
  const fields = readFields(value, field, ['dtype', 'axis', 'scale', 'offset']);
  const axis = readInteger(fields.axis, `${field}.axis`, 0, Math.max(0, shape.length - 1));
  const numbers = (of: 'scale' | 'offset') =>
    readList(fields[of], `${field}.${of}`, {
      least: 1,
      most: feedChannelsMax,
      read: (number, at) => readNumber(number, at, -feedValueMax, feedValueMax),
    });
  const feed: Feed = {
    dtype: readConstant(fields.dtype, `${field}.dtype`, 'uint8'),
    axis,
    scale: numbers('scale'),
    offset: numbers('offset'),
  };
  for (const of of ['scale', 'offset'] as const) {
    const { length } = feed[of];
    if (length !== 1 && length !== shape[axis]) {
      throw refuse(`${field}.${of}`, 'expected one, or one for each place along the axis');
    }
  }
  return feed;
}
