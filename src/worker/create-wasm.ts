// The WASM backend with its kernels as this build serves them. Its code is fetched with the first.
import kernelsUrl from '#kernels.wasm?url';
import relaxedKernelsUrl from '#kernels-relaxed.wasm?url';
import type { ExactBackend } from '#model/backend.ts';

async function fetchKernels(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The kernels answered ${response.status}.`);
  return response.arrayBuffer();
}

export async function createWasm(): Promise<ExactBackend> {
  const { createWasmBackend } = await import('#wasm/backend.ts');
  const relaxed = () => fetchKernels(relaxedKernelsUrl);
  return createWasmBackend(await fetchKernels(kernelsUrl), { relaxed });
}
