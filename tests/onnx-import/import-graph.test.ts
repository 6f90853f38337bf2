// What the importer makes of a file: ports, shards, and a skeleton that gives the same weights
// back.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ShardRange } from '#model/bounded-manifest.ts';
import { importGraph } from '#onnx-import/import-graph.ts';
import { type PlannedShard, planShards } from '#onnx-import/plan-shards.ts';
import { readOnnx } from '#onnx-import/read-onnx.ts';
import { readTensorBytes } from '#onnx-import/tensor-bytes.ts';
import { concatBytes } from '#protocol/bytes.ts';
import { limits } from '#protocol/limits.ts';
import { addition, constant, model, node, tensor, value } from './make-onnx.ts';
import { realModels } from './real-models.ts';

const alone = (bytes: Uint8Array) => ({ bytes, folder: null });

function join(ranges: readonly ShardRange[], shards: readonly PlannedShard[]): Uint8Array {
  return concatBytes(
    ...ranges.map(({ shard, offset, bytes }) =>
      shards[shard].data.subarray(offset, offset + bytes),
    ),
  );
}

describe('shards', () => {
  const large = (seed: number) => {
    const bytes = new Uint8Array(5 << 20);
    // No part is like another.
    new Uint32Array(bytes.buffer).forEach((_, i, words) => {
      words[i] = Math.imul(i + 1, 0x9e3779b1 * seed);
    });
    return bytes;
  };

  it('are shared by models that share a large tensor, wherever it stands', () => {
    const one = planShards();
    one.addWeights([new Uint8Array(2000).fill(1), large(3)]);
    const other = planShards();
    other.addWeights([large(3), new Uint8Array(3000).fill(2), large(5)]);
    const held = new Set(one.finish().map(({ sha256 }) => sha256));
    const shared = other.finish().filter(({ sha256 }) => held.has(sha256));
    expect(shared.map(({ data }) => data.length)).toEqual([5 << 19, 5 << 19]);
  });

  it('hold equal tensors of a graph once, and of two graphs once', () => {
    const plan = planShards();
    const small = new Uint8Array(2000).fill(7);
    const first = plan.addWeights([large(3), small, large(3), small]);
    expect(first.offsets).toEqual([0, 5 << 20, 0, 5 << 20]);
    const second = plan.addWeights([small]);
    expect(second.ranges).toEqual([first.ranges.at(-1)]);
    expect(plan.finish()).toHaveLength(3);
  });

  it('pack small tensors to one range', () => {
    const plan = planShards();
    const small = (value: number) => new Uint8Array(1500).fill(value);
    const { ranges, offsets } = plan.addWeights([small(1), small(2), small(3)]);
    expect(offsets).toEqual([0, 1500, 3000]);
    expect(ranges).toEqual([{ shard: 0, offset: 0, bytes: 4500 }]);
  });

  it('are refused beyond the size of a model', () => {
    const plan = planShards();
    for (let index = 0; index < limits.modelShardsMax; index++) {
      plan.addFile(Uint8Array.of(index, index >> 8));
    }
    expect(plan.finish()).toHaveLength(limits.modelShardsMax);
    plan.addFile(Uint8Array.of(0));
    expect(() => plan.finish()).toThrow(/modelShardsMax/);
  });
});

describe('ports', () => {
  it('have a name for each open length, and its own where the file gives none', async () => {
    const bytes = model({
      nodes: [node('Neg', [['x'], ['y']])],
      inputs: [value('x', ['batch', 3, '?', '?', -1n])],
      outputs: [value('y', ['batch', 3, '?', '', 4])],
    });
    const { graph } = await importGraph(alone(bytes), planShards());
    expect(graph.inputs[0].shape).toEqual(['batch', 3, 'x.2', 'x.3', 'x.4']);
    expect(graph.outputs[0].shape).toEqual(['batch', 3, 'y.2', 'y.3', 4]);
  });

  it('leave out weights that old files list as inputs', async () => {
    const bytes = model({
      nodes: [node('Add', [['x', 'w'], ['y']])],
      weights: [tensor({ name: 'w', dims: [0], raw: new Uint8Array(0) })],
      inputs: [value('x', [0]), value('w', [0])],
      outputs: [value('y', [0])],
    });
    const { graph } = await importGraph(alone(bytes), planShards());
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('keep the outputs that are asked for, and the file no others', async () => {
    const bytes = readFileSync(realModels.encoder);
    const plan = planShards();
    const outputs = () => ['last_hidden_state'];
    const { graph } = await importGraph({ ...alone(bytes), outputs }, plan);
    expect(graph.outputs).toEqual([
      {
        name: 'last_hidden_state',
        dtype: 'float32',
        shape: ['batch_size', 'encoder_sequence_length / 2', 384],
        feed: null,
      },
    ]);
    const skeleton = readOnnx(join(graph.skeleton, plan.finish()));
    expect(skeleton.graph.outputs).toHaveLength(1);
    const wrong = importGraph({ ...alone(bytes), outputs: () => ['gone'] }, planShards());
    await expect(wrong).rejects.toThrow(/no output "gone": it has last_hidden_state/);
  });
});

describe('operators', () => {
  it('names those that a GPU hands to the CPU, in graphs within too', async () => {
    const { operators, webgpuFallback } = await importGraph(
      alone(readFileSync(realModels.decoder)),
      planShards(),
    );
    expect(operators).toContain('If');
    expect(webgpuFallback).toEqual(['ConstantOfShape', 'DynamicQuantizeLinear', 'MatMulInteger']);
  });

  it('go by opset and domain', async () => {
    const bytes = model({
      nodes: [
        node('HardSwish', [['x'], ['a']]),
        node('FastGelu', [['a'], ['b']], [[7, 'com.microsoft']]),
        node('Add', [['b', 'x'], ['y']], [[7, 'some.where']]),
      ],
      inputs: [value('x', [1])],
      outputs: [value('y', [1])],
    });
    const { webgpuFallback } = await importGraph(alone(bytes), planShards());
    // HardSwish has a kernel from opset 14 on.
    expect(webgpuFallback).toEqual(['HardSwish', 'some.where.Add']);
  });
});

describe('metadata', () => {
  it('keeps an OCR model’s letters', async () => {
    const { metadata } = await importGraph(alone(readFileSync(realModels.reader)), planShards());
    expect(metadata.get('character')?.split('\n').length).toBeGreaterThan(6000);
  });
});

it('gives one answer for one file', async () => {
  const both = await Promise.all(
    [addition(), addition()].map(async (bytes) => {
      const plan = planShards();
      const { graph } = await importGraph(alone(bytes), plan);
      return JSON.stringify([graph, plan.finish()]);
    }),
  );
  expect(both[0]).toBe(both[1]);
});

it('reads typed integers in all their bits', async () => {
  const varints = (value: bigint) => {
    const bytes: number[] = [];
    for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
      bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
      if (rest <= 0x7fn) return bytes;
    }
  };
  const values = [-1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 1n << 32n, 0n];
  const data = Uint8Array.from(values.flatMap(varints));
  const bytes = model({
    nodes: [
      constant('c', tensor({ name: '', dims: [6], type: 7, more: [[7, data]] })),
      node('Neg', [['c'], ['y']]),
    ],
    inputs: [value('x', [1])],
    outputs: [value('y', [6], 7)],
  });
  const found = readOnnx(bytes).graph.nodes[0].constant;
  if (!found) throw new Error('the constant was not read');
  const raw = await readTensorBytes(found, () => Promise.reject(new Error('not external')));
  expect([...new BigInt64Array(raw.slice().buffer)]).toEqual(values);
});
