// Opens the WASM kernels that `npm run build` made, in Node or in a browser's worker.
import type { ExactBackend } from '#model/backend.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import type { ReadFile } from './case.ts';

/** @param isRelaxed whether models of seven-bit weights may use the relaxed dot */
export async function openWasm(read: ReadFile, isRelaxed: boolean): Promise<ExactBackend> {
  const kernels = await read('build/kernels.wasm');
  if (!isRelaxed) return createWasmBackend(kernels);
  return createWasmBackend(kernels, { relaxed: () => read('build/kernels-relaxed.wasm') });
}
