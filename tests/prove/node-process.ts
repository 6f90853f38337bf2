// A process of its own for a backend that runs in Node: it computes on a core of its own, a crash in
// it ends nothing else, and Dawn's driver is chosen by an environment variable before it starts.
// hosts.ts forks it.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createReferenceBackend } from '#reference/encoder.ts';
import { importThroughVite } from '../engine/import-through-vite.ts';
import type { Arithmetic } from './backends.ts';
import type { ProofCase, ReadFile, Report } from './case.ts';
import { computeCases } from './compute.ts';
import { openWasm } from './open-wasm.ts';

export interface NodeTask {
  arithmetic: Arithmetic;
  cases: readonly ProofCase[];
  turn: number;
}

const root = path.resolve(import.meta.dirname, '../..');
const read: ReadFile = async (file) => new Uint8Array(await readFile(path.join(root, file)));
const report = (one: Report) => {
  process.send?.(one);
};

async function compute({ arithmetic, cases, turn }: NodeTask): Promise<void> {
  const how = { cases, turn, read, report };
  if (arithmetic === 'typescript') return computeCases(async () => createReferenceBackend(), how);
  if (arithmetic === 'wasm' || arithmetic === 'relaxed') {
    return computeCases(() => openWasm(read, arithmetic === 'relaxed'), how);
  }
  return importThroughVite('tests/prove/dawn.ts', (module: typeof import('./dawn.ts')) =>
    module.runDawn(arithmetic, how),
  );
}

process.once('message', async (task: NodeTask) => {
  await compute(task);
  process.disconnect();
});
