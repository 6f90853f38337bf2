// onnxruntime-web itself, fetched with the first model that needs it and never before: 3.7 MB gz for
// wasm; for WebGPU 4.1 MB where the browser can suspend wasm by itself (JSPI), 6.7 MB elsewhere.
import { limitHeap } from './limit-heap.ts';

export type Runtime = typeof import('onnxruntime-web');

/** One thread: a worker without cross-origin isolation has no other, and units share the cores. */
const threads = 1;

/** WebAssembly's JS Promise Integration. */
const canSuspend = () => {
  return 'Suspending' in (globalThis as unknown as { WebAssembly: object }).WebAssembly;
};

async function importRuntime(backend: 'webgpu' | 'wasm'): Promise<Runtime> {
  if (backend === 'wasm') return import('onnxruntime-web/wasm');
  return canSuspend() ? import('onnxruntime-web/jspi') : import('onnxruntime-web/webgpu');
}

export async function loadRuntime(backend: 'webgpu' | 'wasm'): Promise<Runtime> {
  limitHeap();
  const runtime = await importRuntime(backend);
  runtime.env.wasm.numThreads = threads;
  runtime.env.logLevel = 'error';
  return runtime;
}
