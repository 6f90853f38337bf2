// Every kernel of the forward pass as a compute pipeline. A kernel's text is a few files put one
// after another: arithmetic.wgsl, what it shares with a sibling, itself, and `const` lines for
// what an `override` cannot say. That is the only way in which shader texts are combined.
import { IdlewildError } from '#protocol/errors.ts';
import type { EngineDevice } from './device.ts';
import { shaders } from './shaders.ts';

type BindingType = 'uniform' | 'read-only-storage' | 'storage';

export type KernelName =
  | 'embed'
  | 'norm'
  | 'quantize'
  | 'quantizeShifted'
  | 'linear'
  | 'heads'
  | 'pool';

export interface Kernel {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

/** How the work is laid out on a device. Any choice gives the same bytes. */
export interface Tuning {
  /** Use dot4I8Packed, if the device has it. */
  packedDot: boolean;
  /** Invocations that share one token's row in norm and the quantizers. */
  rowLanes: number;
  /** Invocations in a workgroup of kernels that need no company. */
  lanes: number;
  groupColumns: number;
  groupRows: number;
}

export interface Kernels {
  tuning: Tuning;
  /** Tokens and outputs covered by one workgroup of a linear kernel. */
  tile: { tokens: number; outputs: number };
  get(name: KernelName): Kernel;
  /** `attend` keeps a head in registers, so each head size has a pipeline of its own. */
  attend(headWords: number): Promise<Kernel>;
}

/** MiniLM's and most encoders' head size, compiled with the rest. */
const usualHeadWords = 8;

interface KernelSource {
  entryPoint: string;
  parts: string[];
  /** Storage bindings from 2 on; 0 is the range, 1 the shape. */
  storage: ('read' | 'write')[];
  /** Overrides, and `const` lines. */
  overrides: Record<string, number>;
  constants?: Record<string, number>;
}

/** Appends what an override cannot do: sizes of private and workgroup arrays. */
export function specialize(parts: string[], constants: Record<string, number> = {}): string {
  const lines = Object.entries(constants).map(([name, value]) => `const ${name} = ${value}u;`);
  return [...parts, ...lines, ''].join('\n');
}

function linearSource(tuning: Tuning): KernelSource {
  const { packedDot, groupColumns, groupRows } = tuning;
  return {
    entryPoint: packedDot ? 'linear_packed' : 'linear_unpacked',
    parts: [shaders.linear, packedDot ? shaders.linearPacked : shaders.linearUnpacked],
    storage: ['read', 'read', 'read', 'read', 'read', 'write'],
    overrides: { group_columns: groupColumns, group_rows: groupRows },
  };
}

/** Every kernel's source at a tuning; `attend` apart, at a head size. */
function kernelSources(tuning: Tuning): Record<KernelName, KernelSource> {
  const lanes = { lanes: tuning.lanes };
  const rowLanes = {
    overrides: { lanes: tuning.rowLanes },
    constants: { lanes_max: tuning.rowLanes },
  };
  return {
    embed: {
      entryPoint: 'embed',
      parts: [shaders.embed],
      storage: ['read', 'read', 'read', 'read', 'write'],
      overrides: lanes,
    },
    norm: { entryPoint: 'norm', parts: [shaders.norm], storage: ['write', 'read'], ...rowLanes },
    quantize: {
      entryPoint: 'quantize',
      parts: [shaders.quantize],
      storage: ['read', 'read', 'write', 'write'],
      ...rowLanes,
    },
    quantizeShifted: {
      entryPoint: 'quantize_shifted',
      parts: [shaders.quantizeShifted],
      storage: ['read', 'write', 'write'],
      ...rowLanes,
    },
    linear: linearSource(tuning),
    heads: {
      entryPoint: 'heads',
      parts: [shaders.heads],
      storage: ['read', 'write', 'write'],
      overrides: lanes,
    },
    pool: {
      entryPoint: 'pool',
      parts: [shaders.pool],
      storage: ['read', 'read', 'write'],
      overrides: lanes,
    },
  };
}

function attendSource(tuning: Tuning, headWords: number): KernelSource {
  return {
    entryPoint: 'attend',
    parts: [
      tuning.packedDot ? shaders.dotPacked : shaders.dotUnpacked,
      shaders.attention,
      shaders.attend,
    ],
    storage: ['read', 'read', 'read', 'read', 'write'],
    overrides: { lanes: tuning.lanes },
    constants: { head_words: headWords },
  };
}

async function compile(device: GPUDevice, source: KernelSource): Promise<Kernel> {
  const { entryPoint, overrides } = source;
  const types: BindingType[] = ['uniform', 'uniform'];
  for (const access of source.storage) {
    types.push(access === 'read' ? 'read-only-storage' : 'storage');
  }
  const layout = device.createBindGroupLayout({
    label: entryPoint,
    entries: types.map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type, hasDynamicOffset: binding === 0 },
    })),
  });
  const module = device.createShaderModule({
    label: entryPoint,
    code: specialize([shaders.arithmetic, ...source.parts], source.constants),
  });
  try {
    const pipeline = await device.createComputePipelineAsync({
      label: entryPoint,
      layout: device.createPipelineLayout({ label: entryPoint, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint, constants: overrides },
    });
    return { pipeline, layout };
  } catch (thrown) {
    const { messages } = await module.getCompilationInfo();
    throw new IdlewildError('engine/kernel', `The GPU cannot compile ${entryPoint}.`, {
      metaMessages: [String(thrown), ...messages.map((line) => `${line.lineNum}: ${line.message}`)],
      cause: thrown,
    });
  }
}

/** Compiles all of them at once. @throws engine/kernel, engine/device-lost */
export async function createKernels(engine: EngineDevice, tuning: Tuning): Promise<Kernels> {
  const { device } = engine;
  const attends = new Map<number, Promise<Kernel>>();
  const attend = (headWords: number) => {
    const known = attends.get(headWords);
    if (known) return known;
    const compiled = engine.wait(compile(device, attendSource(tuning, headWords)));
    attends.set(headWords, compiled);
    return compiled;
  };
  const sources = Object.entries(kernelSources(tuning)) as [KernelName, KernelSource][];
  const compiled = Promise.all([
    ...sources.map(async ([name, source]) => [name, await compile(device, source)] as const),
  ]);
  const [named] = await Promise.all([engine.wait(compiled), attend(usualHeadWords)]);
  const kernels = new Map(named);
  const side = tuning.packedDot ? 4 : 8;
  return {
    tuning,
    tile: { tokens: side * tuning.groupRows, outputs: side * tuning.groupColumns },
    get: (name) => kernels.get(name)!,
    attend,
  };
}
