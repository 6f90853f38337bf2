// The whole loop with bounded units: two contributors in Node, whose onnxruntime-web really computes,
// against the real coordinator. In a browser only the thread around the engine is another.
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { BoundedBackend, BoundedBackendName, BoundedModel } from '#onnx/bounded-backend.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { BoundedMaker } from '#worker/bounded-maker.ts';
import { createContributor } from '#worker/contributor.ts';
import type { Contributor, ContributorStatus } from '#worker/status.ts';
import { type BoundedSite, inferLine, startBoundedSite } from '../coordinator/bounded-site.ts';
import { startOptions } from './begin-contributor.ts';
import { nodeEnvironment } from './node-environment.ts';

const origin = 'http://localhost';

let site: BoundedSite;
beforeAll(async () => {
  site = await startBoundedSite();
  return () => site.close();
});
const begun: Contributor[] = [];
afterEach(async () => {
  for (const contributor of begun.splice(0)) await contributor.stop();
  await site.clear();
  await site.coordinator.checkBooks();
});

function wire(remoteAddress: string): typeof fetch {
  return async (input, init = {}) => {
    init.signal?.throwIfAborted();
    const { body } = init;
    const answer = await site.coordinator.inject({
      method: body ? 'POST' : 'GET',
      url: new URL(String(input)).pathname,
      remoteAddress,
      headers: { ...(init.headers as Record<string, string>) },
      ...(body ? { payload: Buffer.from(body as Uint8Array) } : {}),
    });
    const headers = { 'content-type': String(answer.headers['content-type']) };
    return new Response(new Uint8Array(answer.rawPayload), { status: answer.statusCode, headers });
  };
}

/** What a test changes of a backend: the runs of its models. */
type Change = (model: BoundedModel, backend: BoundedBackendName) => BoundedModel['run'];

function makerOf(change: Change = (model) => (input, options) => model.run(input, options)) {
  const made: string[] = [];
  const maker: BoundedMaker = {
    threadsMax: 1,
    find: async () => [{ name: 'wasm', adapterClass: 'wasm' }],
    async create(backend): Promise<BoundedBackend> {
      made.push(backend);
      // What stands for a GPU computes on wasm too: there is none in Node.
      const real = await createOnnxBackend({ backend: 'wasm' });
      return {
        ...real,
        async createModel(manifest, readShard, signal) {
          const model = await real.createModel(manifest, readShard, signal);
          return {
            bytes: model.bytes,
            run: change(model, backend),
            destroy: () => model.destroy(),
          };
        },
      };
    },
  };
  return { maker, made };
}

async function begin(address: string, bounded: BoundedMaker) {
  const environment = nodeEnvironment({ origin, fetch: wire(address), bounded });
  const contributor = createContributor(environment);
  begun.push(contributor);
  let last: ContributorStatus | null = null;
  void contributor.subscribe((status) => {
    last = status;
  });
  await contributor.start(startOptions, null);
  return { contributor, status: () => last };
}

/** Turns of the event loop, each of which lets the coordinator's clock on: no wait without end. */
const turnsMax = 20_000;

async function until(isIt: () => Promise<boolean> | boolean): Promise<void> {
  for (let turn = 0; turn < turnsMax; turn++) {
    if (await isIt()) return;
    await site.coordinator.settle();
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('It did not come to that.');
}

const submit = (count: number) =>
  site.submit(
    Array.from({ length: count }, (_, at) => inferLine(`page-${at}`, at)),
    site.apiKey,
    { endpoint: '/v1/infer' },
  );

const isCompleted = async (id: string) => (await site.batch(id)).status === 'completed';

test('two tabs compute a batch, and agree', async () => {
  const id = await submit(5);
  const [one, two] = [makerOf(), makerOf()];
  const first = await begin('10.0.0.1', one.maker);
  const second = await begin('10.0.0.2', two.maker);
  await until(() => isCompleted(id));
  const batch = await site.batch(id);
  const lines = await site.lines(batch.output_file_id);
  expect(lines).toHaveLength(5);
  const { body } = lines[0].response;
  const values = new Float32Array(
    new Uint8Array(Buffer.from(body.outputs.y.data, 'base64')).buffer,
  );
  expect(values.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  // One thread each, however many units.
  expect([one.made, two.made]).toEqual([['wasm'], ['wasm']]);
  expect([first.status()?.phase, second.status()?.phase]).not.toContain('failed');
});

test('a thread that dies under a unit is made again, and the unit computed', async () => {
  let deaths = 0;
  const { maker, made } = makerOf((model) => async (input, options) => {
    if (deaths++ === 0) {
      throw new IdlewildError('engine/device-lost', 'As the test says.', { retryable: true });
    }
    return model.run(input, options);
  });
  const id = await submit(1);
  const { status } = await begin('10.0.0.3', maker);
  await begin('10.0.0.4', makerOf().maker);
  await until(() => isCompleted(id));
  expect(deaths).toBeGreaterThan(1);
  expect(made.length).toBeGreaterThan(1);
  expect(status()?.phase).not.toBe('failed');
});

test('a model that fails is given back with its reason, and the run goes on', async () => {
  const given: string[] = [];
  const { maker } = makerOf(() => async () => {
    given.push('run');
    throw new IdlewildError('onnx/run', 'As the test says.');
  });
  await submit(1);
  const { status } = await begin('10.0.0.5', maker);
  await until(() => given.length > 0 && status()?.unit === null);
  expect(status()?.phase).not.toBe('failed');
});

test('a graph that fails on the GPU alone is computed on wasm, and the unit counts', async () => {
  const id = await submit(1);
  for (const address of ['10.0.0.6', '10.0.0.7']) {
    const { maker, made } = makerOf((model, backend) => async (input, options) => {
      if (backend === 'webgpu') throw new IdlewildError('onnx/run', 'No kernel, as the test says.');
      return model.run(input, options);
    });
    const gpu = { name: 'webgpu', adapterClass: 'webgpu:a:b:float32' } as const;
    const { status } = await begin(address, {
      ...maker,
      find: async () => [gpu, { name: 'wasm', adapterClass: 'wasm' }],
    });
    await until(() => (status()?.units ?? 0) > 0);
    expect(made).toEqual(['webgpu', 'wasm']);
    expect(status()?.phase).not.toBe('failed');
  }
  await until(() => isCompleted(id));
});
