// The cases on Dawn, Chromium's WebGPU outside the browser, inside the process that node-process.ts
// is.
import { create, globals } from 'webgpu';
import type { tunings } from './backends.ts';
import { type ComputeOptions, computeCases } from './compute.ts';
import { openWebgpu } from './open-webgpu.ts';

export async function runDawn(family: keyof typeof tunings, how: ComputeOptions): Promise<void> {
  Object.assign(globalThis, globals);
  const kept = globalThis as { dawn?: GPU };
  // Dawn crashes the process once its instance is collected.
  kept.dawn = create([]);
  await computeCases(() => openWebgpu(kept.dawn, family), how);
  delete kept.dawn;
}
