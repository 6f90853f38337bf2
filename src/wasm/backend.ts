// The exact arithmetic in WASM SIMD: the same code in a browser's worker and in Node, one thread.
// Models of seven-bit weights take the lane of the relaxed dot where it was tested to be right.
import type { ExactBackend } from '#model/backend.ts';
import { checkEncoder } from './check-encoder.ts';
import { createMachine } from './create-machine.ts';
import { type SliceClock, WasmEncoder } from './encoder.ts';
import { compileKernels, type KernelSource } from './kernels.ts';
import { createLanes } from './lanes.ts';

/** Below the contract's 50 ms: a slice ends with the step in which the time runs out. */
const SLICE_MS = 30;

const systemClock: SliceClock = { now: () => performance.now(), sliceMs: SLICE_MS };

export interface WasmOptions {
  /**
   * build/kernels-relaxed.wasm, asked for when a model of seven-bit weights first comes to an
   * engine that can compile it. Without it such models run on plain SIMD, to the same bytes.
   */
  relaxed?: () => Promise<KernelSource>;
  /** What ends a slice; a test gives its own. */
  clock?: SliceClock;
}

/**
 * @param kernels build/kernels.wasm, as bytes or compiled
 */
export async function createWasmBackend(
  kernels: KernelSource,
  { relaxed, clock = systemClock }: WasmOptions = {},
): Promise<ExactBackend> {
  const plain = await compileKernels(kernels);
  const lanes = createLanes(plain, { relaxed, now: () => clock.now() });
  const encoders = new Set<WasmEncoder>();
  return {
    name: 'wasm',
    get adapter() {
      // What it can do, not what it last did: models of eight-bit weights stay on plain SIMD.
      const fast = lanes.form() === null ? '' : '; relaxed dot for seven-bit weights';
      return `WebAssembly SIMD, one thread${fast}`;
    },
    async createEncoder(weights) {
      checkEncoder(weights);
      const relaxedLane = await lanes.openRelaxed(weights.config);
      const machine = createMachine(relaxedLane ?? (await lanes.openPlain()), weights);
      const encoder = new WasmEncoder(machine, clock, async () => {
        lanes.refuse();
        return createMachine(await lanes.openPlain(), weights);
      });
      encoders.add(encoder);
      return encoder;
    },
    destroy() {
      for (const encoder of encoders) encoder.destroy();
      encoders.clear();
    },
  };
}
