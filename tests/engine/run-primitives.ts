// The primitives of arithmetic.wgsl on a device, for operands in groups of four words.
import type { EngineDevice } from '#engine/device.ts';
import { specialize } from '#engine/kernels.ts';
import { shaders } from '#engine/shaders.ts';
import text from './primitives.wgsl?raw';
import { dispatch } from './run-kernel.ts';

const lanes = 32;

/** @returns eight words for each four: see primitives.wgsl */
export async function runPrimitives(engine: EngineDevice, operands: number[]) {
  const { device } = engine;
  const count = operands.length / 4;
  const layout = device.createBindGroupLayout({
    entries: (['uniform', 'uniform', 'read-only-storage', 'storage'] as const).map(
      (type, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type, hasDynamicOffset: binding === 0 },
      }),
    ),
  });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: {
      module: device.createShaderModule({ code: specialize([shaders.arithmetic, text]) }),
      entryPoint: 'primitives',
      constants: { lanes },
    },
  });
  const { UNIFORM, STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;
  const make = (size: number, usage: number) =>
    device.createBuffer({ size, usage: usage | COPY_DST });
  const buffers = [
    make(16, UNIFORM),
    make(16, UNIFORM),
    make(16 * count, STORAGE),
    make(32 * count, STORAGE | COPY_SRC),
  ];
  device.queue.writeBuffer(buffers[0], 0, Uint32Array.of(0, count));
  device.queue.writeBuffer(
    buffers[2],
    0,
    Int32Array.from(operands, (word) => word | 0),
  );
  const run = { buffers, grid: [Math.ceil(count / lanes), 1], outputs: [buffers[3]] };
  const words = await dispatch(engine, { pipeline, layout }, run);
  for (const buffer of buffers) buffer.destroy();
  return words;
}
