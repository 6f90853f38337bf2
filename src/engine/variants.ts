// The named ways in which a device may compute the linear layers, where nearly all of the time
// goes. All give the same bytes; which is fastest only the device can tell (choose-variant.ts).
import type { EngineDevice } from './device.ts';

/** How sixteen int8 pairs are summed in attention. */
export type DotName = 'packed' | 'unpacked' | 'float';

export type LinearName =
  | 'packed'
  | 'sharedPacked'
  | 'subgroup'
  | 'unpacked'
  | 'float'
  | 'sharedFloat';

interface LinearKind {
  entryPoint: string;
  /** Tokens, and outputs, that one invocation makes. */
  side: number;
  dot: DotName;
}

export const linearKinds: Record<LinearName, LinearKind> = {
  packed: { entryPoint: 'linear_packed', side: 4, dot: 'packed' },
  sharedPacked: { entryPoint: 'linear_shared_packed', side: 4, dot: 'packed' },
  subgroup: { entryPoint: 'linear_subgroup', side: 4, dot: 'packed' },
  unpacked: { entryPoint: 'linear_unpacked', side: 8, dot: 'unpacked' },
  float: { entryPoint: 'linear_float', side: 8, dot: 'float' },
  sharedFloat: { entryPoint: 'linear_shared_float', side: 4, dot: 'float' },
};

/** The texts of one way to multiply: attention's, and those of each of its linear kernels. */
export interface DotShaders {
  dot: string;
  linear: Partial<Record<LinearName, string[]>>;
}

/** Fetched by those who use them: a device that was tuned before needs one of the three. */
export const dotShaders: Record<DotName, () => Promise<DotShaders>> = {
  packed: async () => (await import('./packed-shaders.ts')).packedShaders,
  unpacked: async () => (await import('./unpacked-shaders.ts')).unpackedShaders,
  float: async () => (await import('./float-shaders.ts')).floatShaders,
};

export interface Variant {
  name: string;
  linear: LinearName;
  /** Invocations of a workgroup along the outputs, and along the tokens. */
  groupColumns: number;
  groupRows: number;
}

/** The likeliest first: what is measured before the time for it runs out. */
const gpuVariants: Variant[] = [
  { name: 'packed', linear: 'packed', groupColumns: 16, groupRows: 4 },
  { name: 'shared-packed', linear: 'sharedPacked', groupColumns: 16, groupRows: 16 },
  { name: 'shared-packed-small', linear: 'sharedPacked', groupColumns: 16, groupRows: 8 },
  { name: 'packed-square', linear: 'packed', groupColumns: 8, groupRows: 8 },
  { name: 'subgroup', linear: 'subgroup', groupColumns: 64, groupRows: 1 },
  { name: 'shared-float', linear: 'sharedFloat', groupColumns: 16, groupRows: 16 },
  { name: 'float', linear: 'float', groupColumns: 8, groupRows: 8 },
  { name: 'unpacked', linear: 'unpacked', groupColumns: 8, groupRows: 8 },
];

/**
 * Barriers cost a software adapter more than shared memory saves it (392 CPU-ms against 319 for
 * 512×384×1536), and a packed dot product gains it nothing (319 against 319).
 */
const softwareVariants: Variant[] = [
  { name: 'software-float', linear: 'float', groupColumns: 8, groupRows: 4 },
  { name: 'software-unpacked', linear: 'unpacked', groupColumns: 8, groupRows: 4 },
];

export const variants: Variant[] = [...gpuVariants, ...softwareVariants];

/** Invocations in a workgroup that every WebGPU device allows. */
const invocationsMax = 256;

/** Whether a device has the language and the features that a linear kernel is written in. */
export function canRun(engine: EngineDevice, linear: LinearName): boolean {
  if (linear === 'subgroup' && !engine.hasSubgroups) return false;
  return linearKinds[linear].dot !== 'packed' || engine.hasPackedDot;
}

/** What a device should try, the likeliest first. */
export function candidateVariants(engine: EngineDevice): Variant[] {
  const all = engine.isSoftware ? softwareVariants : gpuVariants;
  return all.filter(
    ({ linear, groupColumns, groupRows }) =>
      canRun(engine, linear) && groupColumns * groupRows <= invocationsMax,
  );
}
