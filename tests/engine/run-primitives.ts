// The primitives of arithmetic.wgsl and attention.wgsl on a device, for operands in groups of four
// words.
import { specialize } from '#engine/compile.ts';
import type { EngineDevice } from '#engine/device.ts';
import { shaders } from '#engine/shaders.ts';
import { unpackedShaders } from '#engine/unpacked-shaders.ts';
import primitives from './primitives.wgsl?raw';
import { dispatch } from './run-kernel.ts';
import softmax from './softmax.wgsl?raw';

const lanes = 32;

interface Probe {
  entryPoint: string;
  code: string;
  /** Storage bindings: operands, results, and a table between them if there is one. */
  operands: number;
  results: number;
  table?: number;
  /** Words that the kernel leaves for each group of operands. */
  resultWords: number;
}

const probes = {
  primitives: {
    entryPoint: 'primitives',
    code: specialize([shaders.arithmetic, primitives]),
    operands: 2,
    results: 3,
    resultWords: 8,
  },
  softmax: {
    entryPoint: 'softmax',
    code: specialize(
      [shaders.arithmetic, unpackedShaders.dot, shaders.attention, shaders.headNarrow, softmax],
      { head_words: 8, has_bias: 0 },
    ),
    operands: 2,
    table: 5,
    results: 7,
    resultWords: 4,
  },
} satisfies Record<string, Probe>;

export interface ProbeRun {
  probe: keyof typeof probes;
  /** u32 or i32, four to an invocation. */
  operands: number[];
  /** What the kernel reads beside them. */
  table?: number[];
}

function createPipeline(device: GPUDevice, { entryPoint, code, ...bindings }: Probe) {
  const types: [number, GPUBufferBindingType][] = [
    [0, 'uniform'],
    [1, 'uniform'],
    [bindings.operands, 'read-only-storage'],
    [bindings.results, 'storage'],
  ];
  if (bindings.table) types.push([bindings.table, 'read-only-storage']);
  const layout = device.createBindGroupLayout({
    entries: types.map(([binding, type]) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type, hasDynamicOffset: binding === 0 },
    })),
  });
  const pipeline = device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code }), entryPoint, constants: { lanes } },
  });
  return { layout, pipeline };
}

/** @returns the words that the kernel left, in the order of the operands */
export async function runProbe(engine: EngineDevice, { probe: name, operands, table }: ProbeRun) {
  const { device } = engine;
  const probe: Probe = probes[name];
  const count = operands.length / 4;
  const { layout, pipeline } = createPipeline(device, probe);
  const { UNIFORM, STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;
  const make = (words: number[], usage: number, size = 4 * words.length) => {
    const buffer = device.createBuffer({ size, usage: usage | COPY_DST });
    const plain = Int32Array.from(words, (word) => word | 0);
    device.queue.writeBuffer(buffer, 0, plain);
    return buffer;
  };
  const results = make([], STORAGE | COPY_SRC, 4 * probe.resultWords * count);
  const buffers: [number, GPUBuffer][] = [
    [0, make([0, count], UNIFORM, 16)],
    [1, make([0], UNIFORM, 16)],
    [probe.operands, make(operands, STORAGE)],
    [probe.results, results],
  ];
  if (probe.table) buffers.push([probe.table, make(table ?? [], STORAGE)]);
  const kernel = { pipeline: await pipeline, layout };
  const run = { buffers, grid: [Math.ceil(count / lanes), 1], outputs: [results] };
  const words = await dispatch(engine, kernel, run);
  for (const [, buffer] of buffers) buffer.destroy();
  return words;
}
