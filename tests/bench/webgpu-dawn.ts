// Starts the WebGPU race over Dawn: on this machine's own GPU where it has one, else on the
// SwiftShader that lies beside a Chromium, or that VK_ICD_FILENAMES names.
import { fork } from 'node:child_process';
import path from 'node:path';
import { findSwiftShader } from '../engine/find-swift-shader.ts';
import type { DawnMessage, DawnOrder } from './webgpu-dawn-race.ts';
import type { WebgpuOutcome } from './webgpu-outcome.ts';

/** Characters of a crashed process's last words. */
const grumblesShown = 400;

type Ended = Exclude<DawnMessage, { kind: 'progress' }>;

function runProcess(
  order: DawnOrder,
  { driver, onProgress }: { driver?: string; onProgress: (line: string) => void },
): Promise<Ended> {
  const child = fork(path.join(import.meta.dirname, 'webgpu-dawn-process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...(driver ? { VK_ICD_FILENAMES: driver } : {}) },
    // Vulkan's loader grumbles on stderr; it is shown only with a crash.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let grumbles = '';
  child.stderr?.on('data', (chunk) => {
    grumbles = `${grumbles}${chunk}`.slice(-grumblesShown);
  });
  return new Promise((resolve) => {
    child.on('message', (message: DawnMessage) => {
      if (message.kind === 'progress') onProgress(message.line);
      else resolve(message);
    });
    child.on('close', (code, signal) => {
      resolve({ kind: 'failed', why: `Dawn's process ended (${signal ?? code}): ${grumbles}` });
    });
    child.send(order);
  });
}

/** @returns the outcome, or in words why there is none */
export async function raceInDawn(
  order: Omit<DawnOrder, 'wants'>,
  onProgress: (line: string) => void,
): Promise<WebgpuOutcome | string> {
  let ended = await runProcess({ ...order, wants: 'hardware' }, { onProgress });
  if (ended.kind === 'unwanted') {
    const driver = process.env.VK_ICD_FILENAMES ?? (await findSwiftShader());
    if (!driver) return `No GPU (${ended.adapter}), and no vk_swiftshader_icd.json.`;
    ended = await runProcess({ ...order, wants: 'software' }, { driver, onProgress });
  }
  if (ended.kind === 'outcome') return ended.outcome;
  return ended.kind === 'failed' ? ended.why : `The adapter is ${ended.adapter}.`;
}
