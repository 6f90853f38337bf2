// Where SwiftShader's Vulkan driver lies, the software GPU that every Chromium carries beside its
// libraries: for Dawn in Node, by VK_ICD_FILENAMES. Tests, benches and the proof ask for it.
import { access, realpath } from 'node:fs/promises';
import path from 'node:path';
import { findChromium } from '#cli/chromium.ts';

/** @returns the path of vk_swiftshader_icd.json, or null where no Chromium has one */
export async function findSwiftShader(): Promise<string | null> {
  const chromium = await findChromium().catch(() => null);
  const beside = chromium ? [path.dirname(await realpath(chromium))] : [];
  for (const folder of [...beside, '/usr/lib/chromium', '/opt/google/chrome']) {
    const file = path.join(folder, 'vk_swiftshader_icd.json');
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return null;
}
