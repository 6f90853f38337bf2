// The contract of bounded inference: any ONNX model through onnxruntime-web, in a browser's worker
// and in Node. Types only; whoever holds one of these fetches nothing of the runtime by it.
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import type { BoundedUnitInput } from '#protocol/bounded-unit.ts';
import type { Bytes } from '#protocol/bytes.ts';

export type BoundedBackendName = 'webgpu' | 'wasm';

export interface BoundedRunOptions {
  /** Looked at between requests and between the steps of one: its reason is thrown. */
  signal?: AbortSignal;
  /**
   * Awaited after the last request and others before it, so that the caller can pace, report or stop
   * by a throw: after each here, after some where a thread is between.
   */
  onRequest?(done: number, total: number): void | Promise<void>;
  /** Likewise between the steps of one request, where its runner has several. */
  onStep?(): void | Promise<void>;
}

export interface BoundedModel {
  /** What it keeps in memory: graphs and weights. Activations come on top while it runs. */
  readonly bytes: number;
  /**
   * Each request alone, in order. A thread takes the input's tensors along: they are read once.
   * @returns a row for each, as `encodeRowOutput` writes it
   * @throws unit/request (the unit is at fault), onnx/... (the model is), engine/device-lost and
   * engine/out-of-memory (retryable, on another start of the device), engine/destroyed
   */
  run(input: BoundedUnitInput, options?: BoundedRunOptions): Promise<Bytes[]>;
  destroy(): Promise<void>;
}

/** The verified bytes of a shard of the manifest, by its place there. */
export type ReadShard = (index: number) => Promise<Bytes>;

export interface BoundedBackend {
  readonly name: BoundedBackendName;
  /** Whose results compare best with each other: `wasm`, or `webgpu:vendor:architecture:float32`. */
  readonly adapterClass: string;
  /**
   * @throws onnx/... where the model cannot be had on this backend, engine/device-lost,
   * engine/out-of-memory, engine/destroyed, the signal's reason, and what `readShard` throws
   */
  createModel(
    manifest: BoundedManifest,
    readShard: ReadShard,
    signal: AbortSignal,
  ): Promise<BoundedModel>;
  destroy(): void;
}
