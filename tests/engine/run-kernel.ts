// Runs one kernel alone on a device: its buffers from plain words, one dispatch, one buffer read
// back. Works in a browser's worker and in Node over Dawn.
import type { Kernel } from '#engine/compile.ts';
import type { EngineDevice } from '#engine/device.ts';
import { perColumn, perHead, perTile, perToken } from '#engine/grids.ts';
import type { HeadKind, KernelName, Kernels } from '#engine/kernels.ts';

/** Plain data, so that it can cross from the test into the browser. */
export interface KernelRun {
  /** `attend` is named by the kind of head that it is made for. */
  kernel: KernelName | HeadKind;
  /** Words of the kernel's Shape. */
  shape: number[];
  /** Tokens [start, end). */
  range: [number, number];
  grid: { kind: 'perToken' } | { kind: 'perColumn' | 'perHead' | 'perTile'; of: number };
  /** What the storage bindings hold before, in order. */
  storage: number[][];
  /** Which of them are read back, one after another. */
  outputs: number[];
}

const grids = { perToken: () => perToken, perColumn, perHead, perTile };

function upload(device: GPUDevice, words: number[], usage: GPUBufferUsageFlags, size: number) {
  const flags = usage | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffer = device.createBuffer({ size, usage: flags });
  // Words may be i32 or u32: both are the same 32 bits.
  device.queue.writeBuffer(
    buffer,
    0,
    Int32Array.from(words, (word) => word | 0),
  );
  return buffer;
}

async function readWords(engine: EngineDevice, buffer: GPUBuffer): Promise<Int32Array> {
  const { device } = engine;
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const readback = device.createBuffer({ size: buffer.size, usage });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, readback, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await engine.wait(readback.mapAsync(GPUMapMode.READ));
  const words = new Int32Array(readback.getMappedRange()).slice();
  readback.destroy();
  return words;
}

/** Dispatches a kernel once over its buffers. @returns the words of the outputs */
export async function dispatch(
  engine: EngineDevice,
  kernel: Kernel,
  run: { buffers: [binding: number, GPUBuffer][]; grid: number[]; outputs: GPUBuffer[] },
): Promise<number[]> {
  const { device } = engine;
  await engine.allocate(() => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(kernel.pipeline);
    const entries = run.buffers.map(([binding, buffer]) => ({ binding, resource: { buffer } }));
    pass.setBindGroup(0, device.createBindGroup({ layout: kernel.layout, entries }), [0]);
    pass.dispatchWorkgroups(run.grid[0], run.grid[1]);
    pass.end();
    device.queue.submit([encoder.finish()]);
  });
  const outputs: number[][] = [];
  for (const output of run.outputs) outputs.push([...(await readWords(engine, output))]);
  return outputs.flat();
}

/** @returns the words of the output buffers */
export async function runKernel(
  engine: EngineDevice,
  kernels: Kernels,
  { kernel: name, shape, range, grid, storage, outputs }: KernelRun,
): Promise<number[]> {
  const { device } = engine;
  const kernel = typeof name === 'string' ? kernels.get(name) : await kernels.attend(name);
  const buffers = [
    upload(device, range, GPUBufferUsage.UNIFORM, 16),
    upload(device, shape, GPUBufferUsage.UNIFORM, 32),
    ...storage.map((words) => upload(device, words, GPUBufferUsage.STORAGE, 4 * words.length)),
  ];
  const makeGrid = grids[grid.kind](kernels, 'of' in grid ? grid.of : 0);
  const words = await dispatch(engine, kernel, {
    buffers: buffers.map((buffer, binding) => [binding, buffer]),
    grid: makeGrid(range[1] - range[0]),
    outputs: outputs.map((index) => buffers[2 + index]),
  });
  for (const buffer of buffers) buffer.destroy();
  return words;
}
