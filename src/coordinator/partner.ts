// The coordinator's own computing: partner of last resort, arbiter, and answers at once. Exact models
// run in one thread, on WASM where the kernels are given, else on the oracle; bounded ones in another,
// on onnxruntime-web's wasm, which is loaded when the first of them is run.

import type { Bytes } from '#protocol/bytes.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import type { Backend } from '#protocol/wire.ts';
import { createPartnerThread } from './partner-thread.ts';

export interface Partner {
  backend: Backend;
  /** Exact outputs of the rows, i32 [rows, outputSize]. @param folder the model's, registered */
  encode(folder: string, rows: readonly Uint32Array[]): Promise<Int32Array<ArrayBuffer>>;
  /** Outputs of a bounded model's requests, each as encodeRowOutput writes it. */
  infer(folder: string, requests: readonly TensorMap[]): Promise<Bytes[]>;
  close(): Promise<void>;
}

export interface EncodeQuestion {
  folder: string;
  rows: readonly Uint32Array[];
}

export interface InferQuestion {
  folder: string;
  requests: readonly TensorMap[];
}

export interface PartnerOptions {
  /** build/kernels.wasm; null computes with the oracle, which is slow. */
  kernels: Uint8Array | null;
  /** build/kernels-relaxed.wasm, used for seven-bit weights where the engine has relaxed SIMD. */
  relaxed?: Uint8Array;
}

export function createPartner({ kernels, relaxed }: PartnerOptions): Partner {
  const exact = createPartnerThread<EncodeQuestion, Int32Array<ArrayBuffer>>(
    new URL('./partner-worker.ts', import.meta.url),
    { kernels, relaxed },
  );
  const bounded = createBoundedThread();
  return {
    backend: kernels ? 'wasm' : 'typescript',
    encode: (folder, rows) => exact.ask({ folder, rows }),
    infer: (folder, requests) => bounded.ask({ folder, requests }),
    async close() {
      await Promise.all([exact.close(), bounded.close()]);
    },
  };
}

/** Apart, for a partner whose exact side is another. */
export function createBoundedThread() {
  const file = new URL('./bounded-worker.ts', import.meta.url);
  return createPartnerThread<InferQuestion, Bytes[]>(file, null);
}
