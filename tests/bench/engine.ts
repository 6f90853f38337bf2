// `npm run bench -- engine`: the exact engine's speed on both of its backends, each against
// onnxruntime-web's: the benches `wasm` and `webgpu`, one after the other, as one report.
import type { BenchReport } from './report.ts';
import { wasm } from './wasm.ts';
import { webgpu } from './webgpu.ts';

export async function engine(): Promise<BenchReport> {
  const parts = [await wasm(), await webgpu()];
  const rows = parts.flatMap(({ bench, rows }) =>
    rows.map((row) => ({ ...row, case: `${names[bench]}, ${row.case}` })),
  );
  // Both name the machine; the last its adapters too.
  return { bench: 'engine', machine: parts[parts.length - 1].machine, rows };
}

const names: Record<string, string> = { wasm: 'WASM', webgpu: 'WGSL' };
