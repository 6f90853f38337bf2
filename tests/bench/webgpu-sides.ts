// Both sides of the WebGPU race on one adapter: our exact engine, and onnxruntime-web with every
// dtype that this adapter takes. A rival whose output is not ours is no rival and stays out.
import { createWebgpuBackend, type WebgpuBackend } from '#engine/backend.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import type { MiniLmDtype } from './onnx-model.ts';
import type { Side } from './race.ts';
import {
  type Batching,
  describeAdapter,
  type OrtModule,
  openRival,
  type Rival,
} from './webgpu-ort.ts';
import { type AdapterKind, oursName } from './webgpu-outcome.ts';

/** A float file must say what we say; weights of four bits must at least resemble it. */
const cosineMin = { float: 0.99, fourBits: 0.9 };

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

const batchings: Record<AdapterKind, Batching[]> = {
  software: [{ tokens: 128, pads: false }],
  hardware: [2048, 8192, 32_768].flatMap((tokens) => [
    { tokens, pads: false },
    { tokens, pads: true },
  ]),
};

export interface SeatedRival {
  dtype: MiniLmDtype;
  rival: Rival;
  /** The least cosine between its vectors and ours. */
  cosine: number;
}

export interface Sides {
  backend: WebgpuBackend;
  kind: AdapterKind;
  ours: Side;
  rivals: SeatedRival[];
  /** Dtypes that do not run, and why. */
  skipped: string[];
}

export interface SideSources {
  gpu: GPU;
  weights: EncoderWeights;
  /** A function where onnxruntime-web can be loaded. */
  loadOrt: () => Promise<OrtModule>;
  readOnnx: (dtype: MiniLmDtype) => Promise<Uint8Array>;
  dtypes: Record<AdapterKind, readonly MiniLmDtype[]>;
  onProgress: (line: string) => void;
}

export interface FoundAdapter {
  kind: AdapterKind;
  words: string;
  hasHalf: boolean;
}

export async function readAdapter(gpu: GPU): Promise<FoundAdapter | null> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return null;
  const words = describeAdapter(adapter.info);
  const isSoftware = adapter.info.isFallbackAdapter || softwareNames.test(words);
  return {
    kind: isSoftware ? 'software' : 'hardware',
    words,
    hasHalf: adapter.features.has('shader-f16'),
  };
}

/** @throws where there is no adapter, or where our vectors are not the float model's */
export async function openSides(
  sources: SideSources,
  sample: readonly Uint32Array[],
): Promise<Sides> {
  const found = await readAdapter(sources.gpu);
  if (!found) throw new Error('requestAdapter() found nothing.');
  const backend = await createWebgpuBackend(sources.gpu);
  const encoder = await backend.createEncoder(sources.weights);
  const ours: Side = { name: oursName, group: oursName, encode: (rows) => encoder.encode(rows) };
  const sums = await encoder.encode(sample);
  const { rivals, skipped } = await seatRivals(sources, found, { sums, sample });
  return { backend, kind: found.kind, ours, rivals, skipped };
}

/** Sessions are opened one at a time: onnxruntime shares one device among them. */
async function seatRivals(
  { loadOrt, readOnnx, dtypes, onProgress }: SideSources,
  { kind, words, hasHalf }: FoundAdapter,
  { sums, sample }: { sums: Int32Array; sample: readonly Uint32Array[] },
) {
  const rivals: SeatedRival[] = [];
  const skipped: string[] = [];
  for (const dtype of dtypes[kind]) {
    if (dtype.includes('f16') && !hasHalf) {
      skipped.push(`${dtype}: the adapter has no shader-f16`);
      continue;
    }
    onProgress(`onnxruntime-web WebGPU, ${dtype}: opening`);
    try {
      const rival = await openRival(await loadOrt(), await readOnnx(dtype));
      onProgress(`onnxruntime-web WebGPU, ${dtype}: first run`);
      const cosine = leastCosine(sums, await rival.pool(sample));
      const isSame = cosine > cosineMin[dtype.startsWith('q4') ? 'fourBits' : 'float'];
      if (dtype === 'f32' && !isSame) {
        throw new DifferentOutput(`Our vectors are not the float model's: cosine ${cosine}.`);
      }
      if (rival.adapter !== words) skipped.push(`${dtype}: it runs on ${rival.adapter}`);
      else if (!isSame) skipped.push(`${dtype}: its cosine to ours is ${cosine}`);
      else rivals.push({ dtype, rival, cosine });
    } catch (thrown) {
      if (thrown instanceof DifferentOutput) throw thrown;
      skipped.push(`${dtype}: ${thrown instanceof Error ? thrown.message : thrown}`.slice(0, 200));
    }
  }
  return { rivals, skipped };
}

/** No ratio is printed between programs that compute different things. */
class DifferentOutput extends Error {}

function leastCosine(sums: Int32Array, rows: readonly Float64Array[]): number {
  const cosines = rows.map((theirs, row) => {
    const ours = sums.subarray(row * theirs.length, (row + 1) * theirs.length);
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
      let sum = 0;
      for (let at = 0; at < a.length; at++) sum += a[at] * b[at];
      return sum;
    };
    return dot(ours, theirs) / Math.sqrt(dot(ours, ours) * dot(theirs, theirs));
  });
  return Math.min(...cosines);
}

/** A side for each batching that differs on these rows; all of one rival are one group. */
export function settingsOf(
  { dtype, rival }: SeatedRival,
  rows: readonly Uint32Array[],
  kind: AdapterKind,
): Side[] {
  const different = new Map<string, Side>();
  for (const batching of batchings[kind]) {
    const key = rival.key(rows, batching);
    if (!different.has(key)) different.set(key, rival.side(dtype, batching));
  }
  return [...different.values()];
}
