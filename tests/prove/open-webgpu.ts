// Opens one family of WebGPU kernels, in a browser's worker or in Node over Dawn.
import { createWebgpuBackend } from '#engine/backend.ts';
import type { ExactBackend } from '#model/backend.ts';
import { tunings } from './backends.ts';

/** @throws where there is no adapter, or none that can run this family */
export async function openWebgpu(
  gpu: GPU | undefined,
  family: keyof typeof tunings,
): Promise<ExactBackend> {
  const backend = await createWebgpuBackend(gpu, tunings[family]);
  if (backend.tuning.packedDot !== tunings[family].packedDot) {
    backend.destroy();
    throw new Error(`${backend.adapter} has no dot4I8Packed.`);
  }
  return backend;
}
