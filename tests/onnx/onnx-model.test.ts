// The engine of bounded units on wasm in Node: what it answers, what it refuses, and who is at fault.
import { beforeAll, describe, expect, test } from 'vitest';
import type { BoundedBackend, BoundedModel } from '#onnx/bounded-backend.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import type { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { floats, long, waves } from './requests.ts';
import { hugeModel, tinyModel, tinySize } from './tiny-models.ts';
import type { WholeModel } from './whole-model.ts';

let backend: BoundedBackend;
const { signal } = new AbortController();
const model = new Uint8Array(32);

beforeAll(async () => {
  backend = await createOnnxBackend({ backend: 'wasm' });
});

const open = ({ manifest, readShard }: WholeModel) =>
  backend.createModel(manifest, readShard, signal);

const refusal = (given: Promise<unknown>) =>
  given.then(
    () => null,
    (thrown: IdlewildError) => thrown,
  );

async function withModel<Result>(
  given: WholeModel,
  work: (opened: BoundedModel) => Promise<Result>,
): Promise<Result> {
  const opened = await open(given);
  try {
    return await work(opened);
  } finally {
    await opened.destroy();
  }
}

test('says what it is', () => {
  expect(backend.name).toBe('wasm');
  expect(backend.adapterClass).toBe('wasm');
});

test('runs each request alone: a row does not depend on its neighbours', async () => {
  await withModel(tinyModel(), async (opened) => {
    const requests = [waves(1), waves(5, 2), waves(2, 3)];
    const rows = await opened.run({ model, requests });
    expect(rows).toHaveLength(3);
    const { y } = decodeRowOutput(rows[1]);
    expect(y.shape).toEqual([5, tinySize]);
    const values = Array.from(readElements(y));
    expect(values.slice(0, tinySize).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    const [alone] = await opened.run({ model, requests: [requests[1]] });
    expect(alone).toEqual(rows[1]);
  });
});

test('takes data that does not lie on a whole element', async () => {
  await withModel(tinyModel(), async (opened) => {
    const request = waves(1);
    const moved = new Uint8Array(request.x.data.length + 1);
    moved.set(request.x.data, 1);
    const odd = { x: { ...request.x, data: moved.subarray(1) } };
    expect(await opened.run({ model, requests: [odd] })).toEqual(
      await opened.run({ model, requests: [request] }),
    );
  });
});

test('makes floats of bytes where the manifest has a feed', async () => {
  const feed = { dtype: 'uint8', axis: 1, scale: [1 / 255], offset: [-0.5] } as const;
  const given = tinyModel();
  given.manifest.graphs.model.inputs[0].feed = { ...feed, scale: [1 / 255], offset: [-0.5] };
  const bytes = Uint8Array.from({ length: tinySize }, (_, at) => at * 10);
  const values = Float32Array.from(bytes, (value) => Math.fround(value * (1 / 255)) - 0.5);
  await withModel(given, async (opened) => {
    const fed: TensorMap = { x: { dtype: 'uint8', shape: [1, tinySize], data: bytes } };
    const plain = { x: floats([1, tinySize], values) };
    const rows = await opened.run({ model, requests: [fed, plain] });
    expect(rows[0]).toEqual(rows[1]);
  });
});

describe('a request that does not fit', () => {
  const cases: [string, TensorMap][] = [
    ['no input', {}],
    ['an input too many', { ...waves(1), z: floats([1], [0]) }],
    ['another type', { x: { ...waves(1).x, dtype: 'int32' } }],
    ['another rank', { x: floats([tinySize], new Float32Array(tinySize)) }],
    ['another length', { x: floats([1, 23], new Float32Array(23)) }],
    ['nothing in it', { x: floats([0, tinySize], []) }],
    ['fewer bytes than its shape', { x: floats([9, tinySize], new Float32Array(tinySize)) }],
  ];
  test.each(cases)('%s: refused before any request is run', async (_, request) => {
    await withModel(tinyModel(), async (opened) => {
      let done = 0;
      const requests = [waves(1), request];
      const error = await refusal(
        opened.run({ model, requests }, { onRequest: () => void done++ }),
      );
      expect(error).toMatchObject({ code: 'unit/request', retryable: false });
      expect(done).toBe(0);
    });
  });

  test('a shape whose product no machine has', async () => {
    const shape = [2 ** 40, tinySize];
    const request: TensorMap = { x: { dtype: 'float32', shape, data: new Uint8Array(0) } };
    await withModel(tinyModel(), async (opened) => {
      const error = await refusal(opened.run({ model, requests: [request] }));
      expect(error?.code).toBe('tensor/malformed');
    });
  });
});

describe('a model that is broken', () => {
  test('is no ONNX', async () => {
    const error = await refusal(open(tinyModel({ bytes: new Uint8Array(100) } as never)));
    expect(error).toMatchObject({ code: 'onnx/session', retryable: false });
  });

  test('is cut off', async () => {
    const bytes = tinyModel().shards[0].subarray(0, 700);
    const error = await refusal(open(tinyModel({ bytes } as never)));
    expect(error).toMatchObject({ code: 'onnx/session', retryable: false });
  });

  test('has other inputs than its manifest', async () => {
    const given = tinyModel();
    given.manifest.graphs.model.inputs[0].name = 'other';
    expect((await refusal(open(given)))?.code).toBe('onnx/ports');
  });

  test('gives another shape than its manifest', async () => {
    const given = tinyModel();
    given.manifest.graphs.model.outputs[0].shape = ['rows', 25];
    const run = withModel(given, (opened) => opened.run({ model, requests: [waves(1)] }));
    expect(await refusal(run)).toMatchObject({ code: 'onnx/output-shape', retryable: false });
  });

  test('has a shard that ends too early', async () => {
    const { manifest } = tinyModel();
    const short = async () => new Uint8Array(8);
    const error = await refusal(backend.createModel(manifest, short, signal));
    expect(error?.code).toBe('onnx/shard-range');
  });
});

test('an output of more bytes than the limit is the request’s fault', async () => {
  await withModel(hugeModel(), async (opened) => {
    const error = await refusal(opened.run({ model, requests: [{ n: long(9 << 20) }] }));
    expect(error).toMatchObject({ code: 'unit/request', retryable: false });
    expect(error?.message).toContain('tensorBytesMax');
  });
});

test('a heap of more than 2 GiB is not had: that ends the unit and nothing else', async () => {
  await withModel(hugeModel(), async (opened) => {
    // 2.4 GB of zeroes, well below what wasm could have.
    const error = await refusal(opened.run({ model, requests: [{ n: long(600_000_000) }] }));
    expect(error).toMatchObject({ code: 'engine/out-of-memory', retryable: true });
    const [row] = await opened.run({ model, requests: [{ n: long(3) }] });
    expect(decodeRowOutput(row).y.shape).toEqual([3]);
  });
});

test('stops between requests by the signal, or by what the caller throws', async () => {
  await withModel(tinyModel(), async (opened) => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const requests = [waves(1), waves(1), waves(1)];
    const seen: number[] = [];
    const run = opened.run(
      { model, requests },
      {
        signal: stop.signal,
        onRequest(done) {
          seen.push(done);
          if (done === 2) stop.abort(reason);
        },
      },
    );
    await expect(run).rejects.toBe(reason);
    expect(seen).toEqual([1, 2]);
    const thrown = new Error('handed back');
    const onRequest = () => {
      throw thrown;
    };
    await expect(opened.run({ model, requests }, { onRequest })).rejects.toBe(thrown);
    expect(await opened.run({ model, requests })).toHaveLength(3);
  });
});

test('a model that was destroyed, or whose backend was, says so', async () => {
  const opened = await open(tinyModel());
  await opened.destroy();
  const request = { model, requests: [waves(1)] };
  expect((await refusal(opened.run(request)))?.code).toBe('engine/destroyed');
  const other = await createOnnxBackend({ backend: 'wasm' });
  const { manifest, readShard } = tinyModel();
  const last = await other.createModel(manifest, readShard, signal);
  other.destroy();
  expect((await refusal(last.run(request)))?.code).toBe('engine/destroyed');
});

test('an abort while a model is made ends the making', async () => {
  const stop = new AbortController();
  const { manifest, shards } = tinyModel();
  const readShard = async (index: number) => {
    stop.abort(new Error('stopped'));
    return shards[index];
  };
  await expect(backend.createModel(manifest, readShard, stop.signal)).rejects.toThrow('stopped');
});
