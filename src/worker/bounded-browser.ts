// Bounded inference in a browser, each backend in a thread of its own. All of its code, and the
// runtime's megabytes, come with the first bounded lease.
import { adapterClass, wasmClass } from '#onnx/adapter-class.ts';
import type { BoundedChoice, BoundedMaker } from './bounded-maker.ts';

/** Memory that one thread may come to have, by the browser's own rough figure. */
const threadGibibytes = 2;
/** Where a browser does not say what the machine has. */
const assumedGibibytes = 4;

async function findAdapter(): Promise<GPUAdapter | null> {
  const gpu = navigator.gpu as GPU | undefined;
  const adapter = gpu?.requestAdapter({ powerPreference: 'high-performance' });
  return (await adapter?.catch(() => null)) ?? null;
}

export const browserBounded: BoundedMaker = {
  get threadsMax() {
    const { deviceMemory = assumedGibibytes } = navigator as { deviceMemory?: number };
    return Math.max(1, Math.floor(deviceMemory / threadGibibytes));
  },
  async find(backend) {
    const wasm: BoundedChoice = { name: 'wasm', adapterClass: wasmClass };
    const adapter = backend === 'webgpu' ? await findAdapter() : null;
    if (!adapter) return [wasm];
    return [{ name: 'webgpu', adapterClass: adapterClass(adapter.info) }, wasm];
  },
  async create(name) {
    const { createBoundedMember } = await import('./bounded-create.ts');
    return createBoundedMember(name);
  },
};
