// The cases on Dawn in Node, inside the process that dawn-process.ts makes for it.
import { create, globals } from 'webgpu';
import type { tunings } from './backends.ts';
import type { ProofCase } from './case.ts';
import { type ComputeOptions, computeCases } from './compute.ts';
import { openWebgpu } from './open-webgpu.ts';

export interface DawnTask {
  family: keyof typeof tunings;
  cases: readonly ProofCase[];
  turn: number;
}

export async function runDawn(
  { family, cases, turn }: DawnTask,
  { read, report }: Pick<ComputeOptions, 'read' | 'report'>,
): Promise<void> {
  Object.assign(globalThis, globals);
  const kept = globalThis as { dawn?: GPU };
  // Dawn crashes the process once its instance is collected.
  kept.dawn = create([]);
  await computeCases(() => openWebgpu(kept.dawn, family), { cases, turn, read, report });
  delete kept.dawn;
}
