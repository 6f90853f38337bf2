// The self-test of bounded backends: its graph as the importer would cut it, what passes, and what
// does not. WebGPU passes it in onnx.browser.test.ts, where each backend is made by it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BoundedBackend } from '#onnx/bounded-backend.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import * as known from '#onnx/known-answer.ts';
import { testBackend } from '#onnx/self-test.ts';
import { importGraph } from '#onnx-import/import-graph.ts';
import { planShards } from '#onnx-import/plan-shards.ts';
import { decodeRowOutput, encodeRowOutput } from '#protocol/bounded-unit.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { encodeOnnx } from '../bench/onnx-proto.ts';
import { floatBytes, node } from './tiny-models.ts';

let backend: BoundedBackend;
beforeAll(async () => {
  backend = await createOnnxBackend({ backend: 'wasm' });
});
afterAll(() => backend.destroy());

function encodeKnown(): Uint8Array {
  const { channels, height, width, kernels, columns } = known.sizes;
  const { kernel, flat, matrix } = known.shapes;
  const constant = (name: string, dims: number[], values: Float32Array) => {
    return { name, type: 'float32' as const, dims, bytes: floatBytes(values) };
  };
  const flatBytes = new Uint8Array(BigInt64Array.from(flat, BigInt).buffer);
  return encodeOnnx({
    name: 'self-test',
    domains: { '': 17 },
    nodes: [
      node('Conv', ['image', 'kernel', 'bias'], 'c', { strides: [2, 2], pads: [1, 1, 1, 1] }),
      node('Relu', ['c'], 'r'),
      node('Reshape', ['r', 'flat'], 'f'),
      node('MatMul', ['f', 'matrix'], 'sums'),
      node('Softmax', ['sums'], 'shares', { axis: 1 }),
    ],
    constants: [
      constant('kernel', kernel, known.kernel),
      constant('matrix', matrix, known.matrix),
      constant('bias', [kernels], known.bias),
      { name: 'flat', type: 'int64', dims: [2], bytes: flatBytes },
    ],
    inputs: [{ name: 'image', type: 'float32', dims: [1, channels, height, width] }],
    outputs: ['sums', 'shares'].map((name) => {
      return { name, type: 'float32' as const, dims: [kernels, columns] };
    }),
  });
}

test('its graph is what the importer makes of the .onnx file', async () => {
  const plan = planShards();
  const { graph } = await importGraph({ bytes: encodeKnown(), folder: null }, plan);
  const shards = plan.finish();
  const { model } = known.manifest.graphs;
  for (const part of ['skeleton', 'weights'] as const) {
    const [[found], [expected]] = [graph[part], model[part]];
    expect(new Uint8Array(shards[found.shard].data)).toEqual(known.shards[expected.shard]);
  }
  expect([graph.inputs, graph.outputs]).toEqual([model.inputs, model.outputs]);
});

/** A backend whose answers are changed on their way. */
function spoilt(name: string, change: (values: Float32Array) => void): BoundedBackend {
  return {
    ...backend,
    async createModel(...given) {
      const model = await backend.createModel(...given);
      return {
        bytes: model.bytes,
        async run(input) {
          const [row] = await model.run(input);
          const outputs = decodeRowOutput(row);
          const values = new Float32Array(outputs[name].data.slice().buffer);
          change(values);
          outputs[name].data = new Uint8Array(values.buffer);
          return [encodeRowOutput(outputs)];
        },
        destroy: () => model.destroy(),
      };
    },
  };
}

test('what wasm computes passes, and so does what floats may differ by', async () => {
  await testBackend(backend);
  await testBackend(
    spoilt('sums', (values) => values.set(values.map((value) => value * (1 + 1e-5)))),
  );
});

test.each([
  ['sums', 'one tile that is empty', (values: Float32Array) => void values.fill(0, 32, 37)],
  [
    'sums',
    'a last element that is not there',
    (values: Float32Array) => void values.fill(Number.NaN, -1),
  ],
  [
    'shares',
    'rows that do not sum to one',
    (values: Float32Array) => values.set(values.map((value) => value * 1.01)),
  ],
])('wrong %s are refused: %s', async (name, _, change) => {
  await expect(testBackend(spoilt(name, change))).rejects.toMatchObject({
    code: 'self-test/wrong-answer',
    message: expect.stringContaining('wasm fails its self-test'),
  });
});

test('a backend that cannot run the graph fails it; one whose device is lost may be tried again', async () => {
  const failing = (code: string): BoundedBackend => ({
    ...backend,
    createModel: () => Promise.reject(new IdlewildError(code, 'No kernel.')),
  });
  const none = testBackend(failing('onnx/session'));
  const code = 'self-test/wrong-answer';
  await expect(none).rejects.toMatchObject({
    code,
    metaMessages: ['No kernel.', expect.anything()],
  });
  const lost = testBackend(failing('engine/device-lost'));
  await expect(lost).rejects.toMatchObject({ code: 'engine/device-lost' });
});
