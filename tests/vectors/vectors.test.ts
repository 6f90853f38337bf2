// The committed known answers still hold: the oracle gives them all, byte for byte.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadEncoder } from '#model/load-encoder.ts';
import { manifestId, parseManifest } from '#model/manifest.ts';
import { utf8 } from '#protocol/bytes.ts';
import { encodeRow } from '#reference/encoder.ts';
import { makeSeededModels, makeTinyModel } from './models.ts';
import { makePrimitives } from './primitives.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, name), 'utf8'));
/** As JSON knows it, where -0 is 0. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('primitives.json', () => {
  const committed = read('primitives.json');
  const made = plain(makePrimitives());

  test('has an answer for each primitive of the norm', () => {
    expect(Object.keys(committed)).toEqual(Object.keys(made));
  });

  test.each(Object.keys(made))('%s', (name) => {
    expect(committed[name]).toEqual(made[name]);
  });

  test('meets every shift of rq', () => {
    const shifts = new Set(committed.rq.map(([, , shift]: number[]) => shift));
    expect(shifts.size).toBe(48);
  });
});

test('tiny-model.json', () => {
  const committed = read('tiny-model.json');
  expect(committed).toEqual(plain(makeTinyModel()));
  const bytes = utf8(`${JSON.stringify(committed.manifest, null, 1)}\n`);
  expect(manifestId(bytes)).toBe(committed.id);
  const shards = committed.shards.map((shard: string) => Buffer.from(shard, 'base64'));
  const weights = loadEncoder(parseManifest(bytes), shards);
  for (const { tokens, output } of committed.rows) {
    expect([...encodeRow(weights, Uint32Array.from(tokens))]).toEqual(output);
  }
});

test('seeded-models.json', () => {
  expect(read('seeded-models.json')).toEqual(plain(makeSeededModels()));
});
