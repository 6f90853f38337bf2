// Dispatches with everything bound: kernel, buffers, shape and grid. Made once, recorded into a
// pass as often as wanted; only the range of tokens differs.
import { type BufferSet, uniformStride } from './buffers.ts';
import type { Kernel } from './compile.ts';
import type { EngineDevice } from './device.ts';
import type { Grid } from './grids.ts';

export interface Dispatch {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  grid: Grid;
}

/** Bytes of a shape: room for the widest that a kernel has. */
const shapeBytes = 32;

/** Makes dispatches, and gathers their shapes into one uniform buffer. */
export class Recorder {
  readonly #engine: EngineDevice;
  readonly #ranges: GPUBuffer;
  readonly #shapes: number[][] = [];
  readonly #make: ((shapes: GPUBuffer) => void)[] = [];

  /** @param ranges start and end of each dispatch, a slot of `uniformStride` each */
  constructor(engine: EngineDevice, ranges: GPUBuffer) {
    this.#engine = engine;
    this.#ranges = ranges;
  }

  /** What it returns is whole once `finish` is done. */
  add(kernel: Kernel, shape: number[], storage: GPUBuffer[], grid: Grid): Dispatch {
    const offset = this.#shapes.push(shape) * uniformStride - uniformStride;
    const dispatch = { pipeline: kernel.pipeline, grid } as Dispatch;
    this.#make.push((shapes) => {
      const buffers: GPUBufferBinding[] = [
        { buffer: this.#ranges, size: 8 },
        { buffer: shapes, offset, size: shapeBytes },
        ...storage.map((buffer) => ({ buffer })),
      ];
      dispatch.group = this.#engine.device.createBindGroup({
        label: kernel.pipeline.label,
        layout: kernel.layout,
        entries: buffers.map((resource, binding) => ({ binding, resource })),
      });
    });
    return dispatch;
  }

  /** @throws engine/out-of-memory */
  finish(buffers: BufferSet): Promise<void> {
    const words = new Uint32Array((this.#shapes.length * uniformStride) / 4);
    this.#shapes.forEach((shape, index) => {
      words.set(shape, (index * uniformStride) / 4);
    });
    return this.#engine.allocate(() => {
      const shapes = buffers.upload('shapes', words, GPUBufferUsage.UNIFORM);
      for (const make of this.#make) make(shapes);
    });
  }
}

/** @param slot of the buffer of ranges; @param count the tokens (rows, in pool) that lie in it */
export function record(
  pass: GPUComputePassEncoder,
  { pipeline, group, grid }: Dispatch,
  slot: number,
  count: number,
): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group, [slot * uniformStride]);
  pass.dispatchWorkgroups(...grid(count));
}
