// The door of this area: onnxruntime-web as a backend of bounded inference. Nothing of the runtime is
// fetched before the first backend is made, and nothing else of it than that backend needs.
import { IdlewildError } from '#protocol/errors.ts';
import { wasmClass } from './adapter-class.ts';
import type { BoundedBackend, BoundedBackendName } from './bounded-backend.ts';
import { explainLoad } from './explain-failure.ts';
import { openGpuDevice } from './gpu-device.ts';
import type { Host } from './graph-session.ts';
import { loadRuntime } from './load-runtime.ts';
import { createOnnxModel } from './onnx-model.ts';
import { testBackend } from './self-test.ts';

export interface OnnxBackendOptions {
  /** The caller judges by the adapter: a GPU in software is 100 times slower than wasm. */
  backend: BoundedBackendName;
  /** What stands for navigator.gpu. */
  gpu?: GPU | undefined;
}

/**
 * One that has passed its self-test.
 * @throws engine/no-adapter, engine/unavailable where the runtime cannot be fetched (retryable),
 * self-test/wrong-answer, and what a model's run throws
 */
export async function createOnnxBackend({
  backend,
  gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu,
}: OnnxBackendOptions): Promise<BoundedBackend> {
  const device = backend === 'webgpu' ? await openGpuDevice(gpu) : null;
  const runtime = await loadRuntime(backend).catch((cause: unknown) => {
    device?.destroy();
    throw explainLoad(cause);
  });
  const host: Host = { runtime, gpu: device, failure: null, free: Promise.resolve() };
  const made: BoundedBackend = {
    name: backend,
    adapterClass: device?.adapterClass ?? wasmClass,
    createModel: (manifest, readShard, signal) =>
      createOnnxModel(host, manifest, { readShard, signal }),
    destroy() {
      host.failure ??= new IdlewildError('engine/destroyed', 'This backend was destroyed.');
      device?.destroy();
    },
  };
  await testBackend(made).catch((thrown: unknown) => {
    made.destroy();
    throw thrown;
  });
  return made;
}
