// The exports of assembly/index.ts and relaxed.ts, typed by hand, and how a copy of them comes to
// life. Arguments are byte addresses and plain integers; assembly/*.ts says what lies at each.
import { outOfMemory } from './plan.ts';

/** WebAssembly.Memory, as far as it is used. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What both modules have. */
export interface CommonKernels {
  memory: KernelMemory;
  embedRow(
    ids: number,
    tokens: number,
    words: number,
    wordScale: number,
    wordShift: number,
    positions: number,
    columns: number,
    x: number,
  ): void;
  normalizeRows(
    x: number,
    rows: number,
    columns: number,
    gamma: number,
    beta: number,
    shift: number,
  ): void;
  attendRow(
    qkv: number,
    tokens: number,
    hiddenSize: number,
    heads: number,
    mantissa: number,
    shift: number,
    bias: number,
    tokensMax: number,
    table: number,
    scratch: number,
    context: number,
  ): void;
  attentionScratchBytes(tokens: number, size: number): number;
  poolRow(x: number, tokens: number, columns: number, output: number): void;
  divideRow(x: number, count: number, columns: number): void;
  bendRow(x: number, count: number, table: number): void;
}

/** The module of plain SIMD: activations in i16, weights in i8. */
export interface PlainKernels extends CommonKernels {
  quantizeRows(
    x: number,
    rows: number,
    columns: number,
    outliers: number,
    q: number,
    mantissas: number,
    exponents: number,
  ): void;
  activateRows(
    x: number,
    rows: number,
    columns: number,
    table: number,
    q: number,
    mantissas: number,
    exponents: number,
  ): void;
  linear: LinearKernel;
  linearResidual: LinearKernel;
}

type LinearKernel = (
  q: number,
  quarters: number,
  mantissas: number,
  exponents: number,
  rows: number,
  weight: number,
  scale: number,
  bias: number,
  shift: number,
  inputs: number,
  outputs: number,
  panels: number,
  products: number,
  y: number,
) => void;

/** Loops over one tile: five rows times eight columns. */
type TileKernel = (
  a: number,
  stride: number,
  panel: number,
  highQuads: number,
  quads: number,
  sums: number,
  sumsStride: number,
) => void;

/** The module with the relaxed dot: activations in i8, weights in 7 bits. */
export interface RelaxedKernels extends CommonKernels {
  quantizeBytes(
    x: number,
    rows: number,
    columns: number,
    mask: number,
    list: number,
    outliers: number,
    q: number,
    mantissas: number,
    exponents: number,
    terms: number,
  ): void;
  activateBytes(
    x: number,
    rows: number,
    columns: number,
    table: number,
    q: number,
    mantissas: number,
    exponents: number,
    terms: number,
  ): void;
  linearBytes(
    q: number,
    terms: number,
    mantissas: number,
    exponents: number,
    rows: number,
    weight: number,
    base: number,
    scale: number,
    bias: number,
    shift: number,
    outliers: number,
    inputs: number,
    outputs: number,
    sums: number,
    y: number,
    residual: boolean,
    fused: boolean,
  ): void;
  multiplyBytes: TileKernel;
  multiplyBytesFused: TileKernel;
  /** Plain SIMD's tile, to time the others against. */
  multiplyTile(
    a: number,
    stride: number,
    panel: number,
    pairs: number,
    sums: number,
    sumsStride: number,
  ): void;
}

/** Node's types leave WebAssembly's functions out, those of the browser have them. */
interface WebAssemblyFunctions {
  compile(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<WebAssembly.Module>;
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  instantiate(module: WebAssembly.Module, imports: object): Promise<{ exports: object }>;
}
const functions = (globalThis as unknown as { WebAssembly: WebAssemblyFunctions }).WebAssembly;

export type KernelSource = Uint8Array<ArrayBuffer> | ArrayBuffer | WebAssembly.Module;

export async function compileKernels(source: KernelSource): Promise<WebAssembly.Module> {
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) {
    return functions.compile(source);
  }
  return source;
}

/**
 * A fresh instance with a memory of its own, so that dropping it frees everything.
 * @throws engine/out-of-memory
 */
export async function instantiateKernels<Kernels extends CommonKernels = PlainKernels>(
  module: WebAssembly.Module,
): Promise<Kernels> {
  const { exports } = await functions.instantiate(module, {}).catch((cause) => {
    throw outOfMemory('No further WebAssembly memory was granted.', cause);
  });
  return exports as Kernels;
}

/** A module of one function, () => i16x8.relaxed_dot_i8x16_i7x16_s(0, 0), its result dropped. */
const relaxedProbe = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[10, 16, 1, 14, 0],
  ...[0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f],
  ...[0xfd, 0x92, 0x02, 0x1a, 0x0b],
]);

/** Whether this engine compiles the relaxed dot. */
export function hasRelaxedDot(): boolean {
  return functions.validate(relaxedProbe);
}
