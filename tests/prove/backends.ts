// The columns of the proof: every way in which this repository computes the exact arithmetic, and
// where each runs. A place that this machine lacks is reported as skipped, with its reason.
import type { WebgpuOptions } from '#engine/backend.ts';

const gpuLayout = { rowLanes: 64, lanes: 64 };
const softwareLayout = { rowLanes: 4, lanes: 16 };
/**
 * For kernels that make tiles of 64 tokens: in submits of the usual 40 ms a software GPU would make
 * each tile for 8 of them. 64 tokens through a layer of MiniLM take it 4.4 to 5.8 CPU-s so, and 1.9
 * to 2.4 in whole tiles.
 */
const wholeTiles = { sliceMs: 1000 };
/** Tiles of 8 tokens, as small as slices are cut: a short row takes SwiftShader a fifth of the time. */
const flatTiles = { groupRows: 2 };

/** The variants of the kernels, each laid out as for the devices that it is meant for. */
export const tunings = {
  packed: { variant: 'packed', ...gpuLayout },
  shared: { variant: 'shared-packed', ...gpuLayout, ...wholeTiles },
  subgroup: { variant: 'subgroup', ...gpuLayout },
  unpacked: { variant: 'software-unpacked', ...softwareLayout },
  float: { variant: 'float', ...gpuLayout },
  sharedFloat: { variant: 'shared-float', ...gpuLayout, ...wholeTiles },
  sharedFlat: { variant: 'shared-packed', ...gpuLayout, ...flatTiles },
  sharedFloatFlat: { variant: 'shared-float', ...gpuLayout, ...flatTiles },
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

export function isWebgpu({ arithmetic }: Column): boolean {
  return arithmetic in tunings;
}

const wasm = (place: string, host: Host): Column[] => [
  { name: `WASM, ${place}`, arithmetic: 'wasm', host },
  { name: `WASM, relaxed, ${place}`, arithmetic: 'relaxed', host },
];

const inWords: Record<keyof typeof tunings, string> = {
  packed: 'dot4I8Packed',
  shared: 'dot4I8Packed through shared memory',
  subgroup: 'dot4I8Packed by subgroups',
  unpacked: 'plain integers',
  float: 'integers in f32',
  sharedFloat: 'integers in f32 through shared memory',
  sharedFlat: 'dot4I8Packed through shared memory in flat tiles',
  sharedFloatFlat: 'integers in f32 through shared memory in flat tiles',
};

const webgpu = (place: string, host: Host, families: (keyof typeof tunings)[]): Column[] =>
  families.map((family) => ({
    name: `WebGPU, ${inWords[family]}, ${place}`,
    arithmetic: family,
    host,
  }));

/** TypeScript comes first: it is the oracle. */
export const columns: Column[] = [
  { name: 'TypeScript', arithmetic: 'typescript', host: 'node' },
  ...wasm('Node', 'node'),
  ...wasm('Chromium', 'chromium'),
  ...wasm('Firefox', 'firefox'),
  ...webgpu('Chromium', 'chromium', ['packed', 'unpacked', 'float']),
  ...webgpu('Dawn on SwiftShader', 'swiftshader', ['sharedFlat', 'subgroup', 'sharedFloatFlat']),
  ...webgpu("Dawn on this machine's driver", 'system', [
    'packed',
    'shared',
    'subgroup',
    'unpacked',
    'float',
    'sharedFloat',
  ]),
  ...webgpu('Firefox', 'firefox', ['packed', 'shared', 'unpacked', 'float', 'sharedFloat']),
];
