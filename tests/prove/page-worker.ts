// The browser's side of the proof: takes the cases from the server that gave this page, computes
// them with one backend, and posts each report back. It needs nothing of the browser but fetch.
import type { ExactBackend } from '#model/backend.ts';
import type { Arithmetic } from './backends.ts';
import type { ProofCase, ReadFile, Report } from './case.ts';
import { computeCases } from './compute.ts';
import { openWasm } from './open-wasm.ts';
import { openWebgpu } from './open-webgpu.ts';

const { navigator, location } = globalThis as unknown as {
  navigator: { gpu?: GPU };
  location: { origin: string };
};

const read: ReadFile = async (path) => {
  const response = await fetch(`${location.origin}/prove/files/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};

async function open(arithmetic: Arithmetic): Promise<ExactBackend> {
  if (arithmetic === 'typescript') throw new Error('TypeScript is the oracle in Node.');
  if (arithmetic === 'wasm' || arithmetic === 'relaxed') {
    return openWasm(read, arithmetic === 'relaxed');
  }
  return openWebgpu(navigator.gpu, arithmetic);
}

interface Place {
  arithmetic: Arithmetic;
  /** Names this worker to the server. */
  seat: string;
}

globalThis.onmessage = async ({ data: { arithmetic, seat } }: MessageEvent<Place>) => {
  const report = async (one: Report) => {
    const url = `${location.origin}/prove/report?seat=${seat}`;
    await fetch(url, { method: 'POST', body: JSON.stringify(one) });
  };
  const response = await fetch(`${location.origin}/prove/cases?seat=${seat}`);
  const { cases, turn } = (await response.json()) as { cases: ProofCase[]; turn: number };
  await computeCases(() => open(arithmetic), { cases, turn, read, report });
};
