// The contract of every backend of the exact arithmetic: TypeScript, WASM and WebGPU.
import type { Backend } from '#protocol/wire.ts';
import type { EncoderWeights } from './encoder.ts';

export interface EncodeOptions {
  /**
   * Awaited between slices of work of about 50 ms or less, so that the caller can pace, report or
   * stop: what it throws ends the call. `done` and `total` count multiply-adds.
   */
  onSlice?: (progress: SliceProgress) => void | Promise<void>;
}

export interface SliceProgress {
  done: number;
  total: number;
  /** The layer just computed, from 0. */
  layer: number;
  /** First row of the slice and rows in it. */
  row: number;
  rows: number;
}

export interface Encoder {
  /**
   * The exact output of each row: i32, [rows, outputSize(config)]. A row's words never depend on its
   * neighbours, on the slices, or on the device.
   * @throws engine/device-lost, engine/out-of-memory (retryable)
   */
  encode(rows: readonly Uint32Array[], options?: EncodeOptions): Promise<Int32Array<ArrayBuffer>>;
  destroy(): void;
}

export interface ExactBackend {
  readonly name: Backend;
  /** The adapter or engine in words. */
  readonly adapter: string;
  createEncoder(weights: EncoderWeights): Promise<Encoder>;
  /**
   * Where the device's fastest kernels are still to be found: finds them, while no encoder computes.
   * @returns whether encoders made from now on compute by others
   */
  tune?(): Promise<boolean>;
  destroy(): void;
}
