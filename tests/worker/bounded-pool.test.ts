// The threads of bounded units: who gets which, and what follows a failure. What they compute is the
// engine's own tests' business; here a thread is a name that is heard.
import { beforeEach, expect, test } from 'vitest';
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import { manifestId } from '#model/manifest.ts';
import { boundedDigest, encodeBoundedInput } from '#protocol/bounded-unit.ts';
import { type Bytes, fromHex, utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { unitDigest } from '#protocol/unit.ts';
import type { Lease } from '#protocol/wire.ts';
import { Board } from '#worker/board.ts';
import { digestRows } from '#worker/bounded-digest.ts';
import { BoundedPool } from '#worker/bounded-pool.ts';
import { Quota } from '#worker/quota.ts';
import { defaultSettings } from '#worker/status.ts';
import { waves } from '../onnx/requests.ts';
import { tinyModel } from '../onnx/tiny-models.ts';
import { nodeEnvironment } from './node-environment.ts';

const origin = 'http://localhost';
const { signal } = new AbortController();

/** Two models that differ by name alone. */
const models = new Map<string, Bytes>();
const shards = new Map<string, Bytes>();
for (const name of ['first', 'second']) {
  const given = tinyModel();
  const manifest: BoundedManifest = { ...given.manifest, name };
  manifest.cost = { perRequest: 576, perElement: null, example: { x: [1, 24] } };
  const bytes = utf8(JSON.stringify(manifest));
  models.set(manifestId(bytes), bytes);
  manifest.shards.forEach(({ sha256 }, at) => void shards.set(sha256, given.shards[at]));
}
const [first, second] = [...models.keys()];

function leaseOf(model: string, change: Partial<Lease> = {}): Lease {
  const input = encodeBoundedInput({ model: fromHex(model), requests: [waves(1), waves(1)] });
  return {
    lease: 'lease',
    unit: unitDigest(input),
    model: fromHex(model),
    rows: 2,
    cost: 1152,
    leaseMs: 60_000,
    input,
    deliver: 'output',
    project: 'A project',
    projectId: 'project',
    ...change,
  };
}

let heard: string[];
let failure: IdlewildError | null;
/** Backends that fail their self-test. */
let sick: string[];

function open(threadsMax = 1) {
  const fetch = async (input: RequestInfo | URL) => {
    const name = String(input).split('/').at(-1) ?? '';
    return new Response(shards.get(name));
  };
  const environment = nodeEnvironment({ origin, fetch });
  const { clock, store, shards: cache } = environment;
  let made = 0;
  return new BoundedPool({
    environment,
    clock,
    board: new Board(clock),
    quota: new Quota({ clock, store, shards: cache, settings: () => defaultSettings }),
    coordinator: { manifest: async (id) => models.get(id) as Bytes },
    choices: [
      { name: 'webgpu', adapterClass: 'webgpu:a:b:float32' },
      { name: 'wasm', adapterClass: 'wasm' },
    ],
    maker: {
      threadsMax,
      find: async () => [],
      async create(name) {
        const thread = `${name} ${++made}`;
        heard.push(`${thread} begins`);
        if (sick.includes(name)) throw new IdlewildError('self-test/wrong-answer', `${name} errs.`);
        return {
          name,
          adapterClass: name,
          async createModel(manifest, readShard) {
            heard.push(`${thread} loads ${manifest.name}, ${(await readShard(0)).length > 0}`);
            return {
              bytes: 1000,
              async run({ requests }) {
                if (failure) throw failure;
                return requests.map(() => utf8(thread));
              },
              destroy: async () => void heard.push(`${thread} forgets ${manifest.name}`),
            };
          },
          destroy: () => void heard.push(`${thread} ends`),
        };
      },
    },
  });
}

beforeEach(() => {
  heard = [];
  failure = null;
  sick = [];
});

const text = (rows: Bytes[]) => rows.map((row) => new TextDecoder().decode(row));

async function compute(pool: BoundedPool, model: string): Promise<string[]> {
  const borrowed = await pool.open(leaseOf(model), signal);
  try {
    return text(await borrowed.run({ signal }));
  } finally {
    borrowed.giveBack();
  }
}

async function fail(pool: BoundedPool, code: string, model = first): Promise<boolean> {
  failure = new IdlewildError(code, 'As the test says.', { retryable: true });
  await expect(compute(pool, model)).rejects.toBe(failure);
  const isMended = await pool.mend(failure, signal);
  failure = null;
  return isMended;
}

test('one thread keeps the models that it had, each of them loaded once', async () => {
  const pool = open();
  for (const model of [first, second, first, second]) {
    expect(await compute(pool, model)).toEqual(['webgpu 1', 'webgpu 1']);
  }
  expect(heard).toEqual([
    'webgpu 1 begins',
    'webgpu 1 loads first, true',
    'webgpu 1 loads second, true',
  ]);
  pool.drop();
  expect(heard.at(-1)).toBe('webgpu 1 ends');
});

test('a lane waits for a thread while all are taken, and gets the one that has its model', async () => {
  const pool = open(2);
  const one = await pool.open(leaseOf(first), signal);
  const two = await pool.open(leaseOf(second), signal);
  const order: string[] = [];
  const waiting = pool.open(leaseOf(second), signal).then((three) => {
    order.push('opened');
    return three;
  });
  order.push('given back');
  two.giveBack();
  const three = await waiting;
  expect(order).toEqual(['given back', 'opened']);
  expect(text(await three.run({ signal }))[0]).toBe('webgpu 2');
  expect(heard.filter((line) => line.includes('loads'))).toHaveLength(2);
  one.giveBack();
  three.giveBack();
  expect(await compute(pool, first)).toEqual(['webgpu 1', 'webgpu 1']);
});

test('a lost device ends its thread; after three losses the next backend takes over', async () => {
  const pool = open();
  expect(pool.choice?.adapterClass).toBe('webgpu:a:b:float32');
  for (let loss = 0; loss < 3; loss++) expect(await fail(pool, 'engine/device-lost')).toBe(true);
  expect(heard.filter((line) => line.endsWith('ends'))).toHaveLength(3);
  expect(pool.choice?.adapterClass).toBe('wasm');
  expect(await compute(pool, first)).toEqual(['wasm 4', 'wasm 4']);
});

test('memory: a thread of several models is worth another one, a single model is not', async () => {
  const pool = open();
  while (pool.choice?.name !== 'wasm') await fail(pool, 'engine/device-lost');
  await compute(pool, first);
  expect(await fail(pool, 'engine/out-of-memory', second)).toBe(true);
  expect(await fail(pool, 'engine/out-of-memory', second)).toBe(false);
  // The unit is another's; the next one is welcome.
  expect(await compute(pool, first)).toHaveLength(2);
});

test('a backend that fails its self-test gives way at once; none left takes no unit', async () => {
  sick = ['webgpu'];
  const pool = open();
  expect(await compute(pool, first)).toEqual(['wasm 2', 'wasm 2']);
  expect(pool.choice?.adapterClass).toBe('wasm');
  sick = ['webgpu', 'wasm'];
  const none = open();
  await expect(compute(none, first)).rejects.toMatchObject({
    code: 'engine/no-backend',
    metaMessages: ['wasm errs.'],
  });
  expect(none.choice).toBeNull();
});

test('a model that the GPU alone cannot run is computed on wasm, the others stay', async () => {
  const pool = open();
  const model = fromHex(first);
  const gpu = pool.choiceFor(model);
  const refusal = new IdlewildError('onnx/session', 'As the test says.');
  expect(await compute(pool, first)).toEqual(['webgpu 1', 'webgpu 1']);
  expect(pool.giveWay(model, gpu, new IdlewildError('unit/request', 'Its own fault.'))).toBe(false);
  expect(pool.giveWay(model, gpu, refusal)).toBe(true);
  // The one thread that there may be makes room.
  expect(await compute(pool, first)).toEqual(['wasm 2', 'wasm 2']);
  expect(await compute(pool, second)).toEqual(['webgpu 3', 'webgpu 3']);
  expect(pool.choice?.name).toBe('webgpu');
  expect(pool.giveWay(model, pool.choiceFor(model), refusal)).toBe(false);
});

test('where wasm fails its self-test for one model, the GPU goes on with the others', async () => {
  sick = ['wasm'];
  const pool = open();
  const model = fromHex(first);
  pool.giveWay(model, pool.choiceFor(model), new IdlewildError('onnx/run', 'No kernel.'));
  await expect(compute(pool, first)).rejects.toMatchObject({ code: 'engine/no-backend' });
  expect(await compute(pool, second)).toEqual(['webgpu 2', 'webgpu 2']);
});

test('rows hashed by the browser, or here, have the digest of their unit', async () => {
  for (const count of [1, 2, 5]) {
    const rows = Array.from({ length: count }, (_, at) => new Uint8Array(1 << (15 + at)).fill(at));
    expect(await digestRows(rows)).toEqual(boundedDigest(rows));
  }
});

test('a fault of the model leaves the thread', async () => {
  const pool = open();
  failure = new IdlewildError('onnx/run', 'As the test says.');
  await expect(compute(pool, first)).rejects.toBe(failure);
  failure = null;
  await compute(pool, first);
  expect(heard).toHaveLength(2);
});

test.each([
  ['rows', { rows: 3 }],
  ['model', { model: new Uint8Array(32) }],
  ['bytes', { input: utf8('no unit') }],
])('an input with other %s than its lease says opens nothing', async (_, change) => {
  const opened = open().open(leaseOf(first, change), signal);
  await expect(opened).rejects.toMatchObject({ code: expect.stringMatching(/^(unit|cbor)\//) });
  expect(heard).toEqual([]);
});

test('what a lease names is held against its digest', async () => {
  const [bytes] = models.values();
  models.set(second, bytes);
  const opened = open().open(leaseOf(second), signal);
  await expect(opened).rejects.toMatchObject({ code: 'manifest/digest-mismatch' });
});
