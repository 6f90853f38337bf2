// Dawn in this process over SwiftShader, the software GPU that Chromium brings: for tests that
// look under the engine's feet. Import it before anything asks Dawn for an adapter.
import { create, globals } from 'webgpu';
import { findSwiftShader } from './find-swift-shader.ts';

/** What the engine takes for navigator.gpu. */
export async function openSoftwareGpu(): Promise<GPU> {
  const driver = process.env.VK_ICD_FILENAMES ?? (await findSwiftShader());
  if (!driver) throw new Error('No vk_swiftshader_icd.json beside a Chromium.');
  // Read by the Vulkan loader when the first adapter is asked for, not before.
  process.env.VK_ICD_FILENAMES = driver;
  Object.assign(globalThis, globals);
  // Kept for the whole run: Dawn crashes the process once its instance is collected.
  const kept = globalThis as { dawn?: GPU };
  kept.dawn ??= create([]);
  return kept.dawn;
}
