// The coordinator's own computing: partner of last resort, arbiter, and direct embeddings. It runs
// in a thread of its own, on WASM where the kernels are given, else on the oracle.
import type { Worker } from 'node:worker_threads';
import { assert, IdlewildError, type WireError } from '#protocol/errors.ts';
import type { Backend } from '#protocol/wire.ts';
import { startWorker } from '#store/start-worker.ts';

export interface Partner {
  backend: Backend;
  /** Exact outputs of the rows, i32 [rows, outputSize]. @param folder the model's, registered */
  encode(folder: string, rows: readonly Uint32Array[]): Promise<Int32Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export interface PartnerRequest {
  id: number;
  folder: string;
  rows: readonly Uint32Array[];
}

export type PartnerReply =
  | { id: number; output: Int32Array<ArrayBuffer> }
  | { id: number; error: WireError };

export interface PartnerOptions {
  /** build/kernels.wasm; null computes with the oracle, which is slow. */
  kernels: Uint8Array | null;
  /** build/kernels-relaxed.wasm, used for seven-bit weights where the engine has relaxed SIMD. */
  relaxed?: Uint8Array;
}

interface Waiter {
  resolve(output: Int32Array<ArrayBuffer>): void;
  reject(error: Error): void;
}

const partnerWaitingMax = 256;

/** The thread starts when it is first needed, and again after it has died of something. */
export function createPartner({ kernels, relaxed }: PartnerOptions): Partner {
  const waiters = new Map<number, Waiter>();
  let worker: Worker | null = null;
  let closed = false;
  let nextId = 0;

  function settle(reply: PartnerReply): void {
    const waiter = waiters.get(reply.id);
    assert(waiter, 'a reply of the partner has a waiter');
    waiters.delete(reply.id);
    if ('error' in reply) waiter.reject(IdlewildError.fromWire(reply.error));
    else waiter.resolve(reply.output);
  }

  function end(message: string, cause?: unknown): void {
    worker = null;
    const error = new IdlewildError('partner/ended', message, { retryable: true, cause });
    for (const waiter of waiters.values()) waiter.reject(error);
    waiters.clear();
  }

  function start(): Worker {
    const started = startWorker(new URL('./partner-worker.ts', import.meta.url), {
      kernels,
      relaxed,
    });
    started.unref();
    started.on('message', settle);
    started.on('error', (cause) => end(`The coordinator's backend died: ${cause.message}`, cause));
    started.on('exit', () => {
      if (worker === started) end("The coordinator's backend is closed.");
    });
    return started;
  }

  return {
    backend: kernels ? 'wasm' : 'typescript',
    encode(folder, rows) {
      if (closed) return Promise.reject(new IdlewildError('coordinator/closed', 'It is closed.'));
      if (waiters.size >= partnerWaitingMax) {
        const message = `${partnerWaitingMax} calls wait to be computed (partnerWaitingMax).`;
        const busy = new IdlewildError('coordinator/busy', message, { retryable: true });
        return Promise.reject(busy);
      }
      worker ??= start();
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiters.set(id, { resolve, reject });
        worker?.postMessage({ id, folder, rows } satisfies PartnerRequest);
      });
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}
