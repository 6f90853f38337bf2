// Every kernel of the forward pass as a compute pipeline. A kernel's text is a few files put one
// after another: arithmetic.wgsl, what it shares with a sibling, itself, and `const` lines for
// what an `override` cannot say. That is the only way in which shader texts are combined.
import type { EncoderConfig } from '#model/encoder.ts';
import type { Kernel, KernelSource, PipelineCache } from './compile.ts';
import { shaders } from './shaders.ts';
import { type DotShaders, dotShaders, type LinearName, linearKinds } from './variants.ts';

export type KernelName =
  | 'embed'
  | 'norm'
  | 'quantize'
  | 'quantizeShifted'
  | 'linear'
  | 'heads'
  | 'pool';

/** How the work is laid out on a device. Any choice gives the same bytes. */
export interface Tuning {
  linear: LinearName;
  /** Whether `linear` and attention use dot4I8Packed. */
  packedDot: boolean;
  /** Invocations that share one token's row in norm and the quantizers. */
  rowLanes: number;
  /** Invocations in a workgroup of kernels that need no company. */
  lanes: number;
  /** Invocations of a workgroup of `linear` along the outputs, and along the tokens. */
  groupColumns: number;
  groupRows: number;
}

export interface Kernels {
  tuning: Tuning;
  /** Tokens and outputs covered by one workgroup of a linear kernel. */
  tile: { tokens: number; outputs: number };
  get(name: KernelName): Kernel;
  /** Each kind of head has a pipeline of its own: what it holds of a head is laid out by size. */
  attend(kind: HeadKind): Promise<Kernel>;
}

/** What one pipeline of `attend` is made for. */
export interface HeadKind {
  /** Head size / 4. */
  headWords: number;
  /** Whether scores have a bias by distance. */
  isBiased: boolean;
}

/** MiniLM's, compiled with the rest. */
export const usualHead: HeadKind = { headWords: 8, isBiased: false };

/** Above it a head does not fit registers. */
const narrowHeadWordsMax = 16;

export function headKind({ hiddenSize, heads, attentionBias }: EncoderConfig): HeadKind {
  return { headWords: hiddenSize / heads / 4, isBiased: attentionBias };
}

function tileOf({ linear, groupColumns, groupRows }: Tuning) {
  const { side } = linearKinds[linear];
  return { tokens: side * groupRows, outputs: side * groupColumns };
}

function linearSource(tuning: Tuning, texts: DotShaders): KernelSource {
  const { linear, groupColumns, groupRows } = tuning;
  const { entryPoint } = linearKinds[linear];
  const tile = tileOf(tuning);
  return {
    entryPoint,
    directives: linear === 'subgroup' ? [shaders.enableSubgroups] : [],
    parts: [shaders.linear, ...texts.linear[linear]!],
    storage: ['read', 'read', 'read', 'read', 'read', 'write'],
    overrides: { group_columns: groupColumns, group_rows: groupRows },
    constants: { tile_tokens: tile.tokens, tile_outputs: tile.outputs },
  };
}

/** Every kernel's source at a tuning; `attend` apart, at a kind of head. */
function kernelSources(tuning: Tuning, texts: DotShaders): Record<KernelName, KernelSource> {
  const lanes = { overrides: { lanes: tuning.lanes } };
  const rowLanes = {
    overrides: { lanes: tuning.rowLanes },
    constants: { lanes_max: tuning.rowLanes },
  };
  return {
    embed: {
      entryPoint: 'embed',
      parts: [shaders.embed],
      storage: ['read', 'read', 'read', 'write'],
      ...lanes,
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
    linear: linearSource(tuning, texts),
    heads: {
      entryPoint: 'heads',
      parts: [shaders.heads],
      storage: ['read', 'write', 'write'],
      ...lanes,
    },
    pool: {
      entryPoint: 'pool',
      parts: [shaders.pool],
      storage: ['read', 'read', 'write'],
      ...lanes,
    },
  };
}

function attendSource({ lanes }: Tuning, kind: HeadKind, { dot }: DotShaders): KernelSource {
  const { headWords, isBiased } = kind;
  const head = headWords <= narrowHeadWordsMax ? shaders.headNarrow : shaders.headWide;
  return {
    entryPoint: 'attend',
    parts: [dot, shaders.attention, head, shaders.attend],
    storage: ['read', 'read', 'read', 'read', 'read', 'write'],
    overrides: { lanes },
    constants: { head_words: headWords, has_bias: isBiased ? 1 : 0 },
  };
}

/**
 * Compiles all of them at once; those that the cache already holds are not compiled again.
 * @throws engine/kernel, engine/device-lost
 */
export async function createKernels(cache: PipelineCache, tuning: Tuning): Promise<Kernels> {
  const texts = await dotShaders[linearKinds[tuning.linear].dot]();
  const attend = (kind: HeadKind) => cache.get(attendSource(tuning, kind, texts));
  const sources = Object.entries(kernelSources(tuning, texts)) as [KernelName, KernelSource][];
  const [named] = await Promise.all([
    Promise.all(sources.map(async ([name, source]) => [name, await cache.get(source)] as const)),
    attend(usualHead),
  ]);
  const kernels = new Map(named);
  return { tuning, tile: tileOf(tuning), get: (name) => kernels.get(name)!, attend };
}
