// Opens one variant of the WebGPU kernels, in a browser's worker or in Node over Dawn.
import { createWebgpuBackend } from '#engine/backend.ts';
import type { ExactBackend } from '#model/backend.ts';
import { tunings } from './backends.ts';

/** @throws where there is no adapter, or none that can run this family */
export function openWebgpu(
  gpu: GPU | undefined,
  family: keyof typeof tunings,
): Promise<ExactBackend> {
  return createWebgpuBackend(gpu, tunings[family]);
}
