// The columns of the proof: every way in which this repository computes the exact arithmetic, and
// where each runs. A place that this machine lacks is reported as skipped, with its reason.
import type { WebgpuOptions } from '#engine/backend.ts';

/** The two families of kernels, each laid out as for the devices that it is meant for. */
export const tunings = {
  packed: { packedDot: true, rowLanes: 64, lanes: 64, groupColumns: 16, groupRows: 4 },
  unpacked: { packedDot: false, rowLanes: 4, lanes: 16, groupColumns: 8, groupRows: 4 },
} as const satisfies Record<string, WebgpuOptions>;

/** `relaxed` is WASM with the relaxed dot, for models of seven-bit weights where it may be used. */
export type Arithmetic = 'typescript' | 'wasm' | 'relaxed' | keyof typeof tunings;
/**
 * Where it runs. `swiftshader` and `system` are Dawn in Node: over the software GPU that Chromium
 * brings, and over whatever driver this machine has.
 */
export type Host = 'node' | 'chromium' | 'firefox' | 'swiftshader' | 'system';

export interface Column {
  name: string;
  arithmetic: Arithmetic;
  host: Host;
}

const wasm = (place: string, host: Host): Column[] => [
  { name: `WASM, ${place}`, arithmetic: 'wasm', host },
  { name: `WASM, relaxed, ${place}`, arithmetic: 'relaxed', host },
];

const webgpu = (place: string, host: Host): Column[] => [
  { name: `WebGPU, dot4I8Packed, ${place}`, arithmetic: 'packed', host },
  { name: `WebGPU, plain integers, ${place}`, arithmetic: 'unpacked', host },
];

/** TypeScript comes first: it is the oracle. */
export const columns: Column[] = [
  { name: 'TypeScript', arithmetic: 'typescript', host: 'node' },
  ...wasm('Node', 'node'),
  ...wasm('Chromium', 'chromium'),
  ...wasm('Firefox', 'firefox'),
  ...webgpu('Chromium', 'chromium'),
  ...webgpu('Dawn on SwiftShader', 'swiftshader'),
  ...webgpu("Dawn on this machine's driver", 'system'),
  ...webgpu('Firefox', 'firefox'),
];
