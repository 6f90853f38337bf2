// The WebGPU race over Dawn, inside the process that webgpu-dawn-process.ts makes for it.
// onnxruntime-web is meant for browsers; it takes Dawn for one when it finds navigator.gpu.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { create, globals } from 'webgpu';
import { readMiniLm } from './minilm-models.ts';
import type { OrtModule } from './webgpu-ort.ts';
import type { AdapterKind, WebgpuOutcome } from './webgpu-outcome.ts';
import { raceOnWebgpu } from './webgpu-race.ts';
import { readAdapter } from './webgpu-sides.ts';
import type { WebgpuOrder } from './webgpu-worker.ts';

export interface DawnOrder extends WebgpuOrder {
  /** The folders of our model, and of the rivals. */
  model: string;
  rivals: string;
  /** Where another driver can be had, no race is run on a software adapter. */
  wants: AdapterKind;
}

export type DawnMessage =
  | { kind: 'progress'; line: string }
  | { kind: 'outcome'; outcome: WebgpuOutcome }
  /** The adapter is not of the kind wanted, or there is none. */
  | { kind: 'unwanted'; adapter: string }
  | { kind: 'failed'; why: string };

/** Milliseconds of this process on any core: SwiftShader's threads are among them. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Dawn's binding refuses views of shared memory, and onnxruntime's heap is shared. */
function acceptSharedMemory(): void {
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (
    this: GPUQueue,
    ...[buffer, offset, data, from = 0, size]: Parameters<GPUQueue['writeBuffer']>
  ) {
    if (data instanceof Uint8Array && data.buffer instanceof SharedArrayBuffer) {
      const copy = data.slice(from, size === undefined ? undefined : from + size);
      return writeBuffer.call(this, buffer, offset, copy as Uint8Array<ArrayBuffer>);
    }
    return writeBuffer.call(this, buffer, offset, data, from, size);
  };
}

function openDawn(): GPU {
  Object.assign(globalThis, globals);
  const gpu = create([]);
  // Dawn crashes the process once its instance is collected.
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu, userAgent: 'node', hardwareConcurrency: 1 },
    configurable: true,
  });
  acceptSharedMemory();
  return gpu;
}

/** One thread, and its WASM read from disk: it would fetch it. */
async function settle(ort: OrtModule): Promise<OrtModule> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-web/webgpu'));
  const wasm = await readFile(path.join(folder, 'ort-wasm-simd-threaded.asyncify.wasm'));
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = Uint8Array.from(wasm).buffer;
  return ort;
}

export interface DawnLines {
  tell: (message: DawnMessage) => void;
  loadOrt: () => Promise<OrtModule>;
}

export async function raceOnDawn(
  { model, rivals, onnx, wants, ...order }: DawnOrder,
  { tell, loadOrt }: DawnLines,
): Promise<void> {
  const gpu = openDawn();
  const found = await readAdapter(gpu);
  if (found?.kind !== wants) {
    tell({ kind: 'unwanted', adapter: found?.words ?? 'none' });
    return;
  }
  let ort: Promise<OrtModule> | undefined;
  const outcome = await raceOnWebgpu({
    ...order,
    gpu,
    weights: await readMiniLm(model),
    loadOrt: () => {
      ort ??= loadOrt().then(settle);
      return ort;
    },
    readOnnx: (dtype) => readFile(path.join(rivals, onnx[dtype] ?? dtype)),
    cpuMs,
    onProgress: (line) => tell({ kind: 'progress', line }),
  });
  tell({ kind: 'outcome', outcome });
}
