// The bounded bench inside a worker of a real browser: ours in a thread of that worker, as for a
// visitor; onnxruntime-web alone in the worker itself.
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { createBoundedMember } from '#worker/bounded-create.ts';
import { carryErrors } from '#worker/transfer-errors.ts';
import { runPair } from './bounded-pair.ts';

export interface BoundedOrder {
  kind: 'pair';
  name: string;
  manifest: BoundedManifest;
  /** Where shard 0 lies; the others beside it. */
  shards: string;
  requests: TensorMap[];
  rounds: number;
}

async function read(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

let tellCpuMs = (_ms: number) => {};

/** The page asks the bench, which asks the browser. */
function cpuMs(): Promise<number> {
  return new Promise((resolve) => {
    tellCpuMs = resolve;
    self.postMessage({ isClock: true });
  });
}

async function run({ name, manifest, shards, requests, rounds }: BoundedOrder) {
  const runtime = await import('onnxruntime-web/wasm');
  runtime.env.wasm.numThreads = 1;
  const backend = await createBoundedMember('wasm');
  const readShard = (index: number) => read(`${shards}/${manifest.shards[index].sha256}`);
  const result = await runPair(
    { runtime, backend, cpuMs },
    { name, manifest, readShard, requests, rounds },
  );
  backend.destroy();
  return result;
}

carryErrors();
self.onmessage = async ({ data }: MessageEvent<BoundedOrder | { kind: 'clock'; ms: number }>) => {
  try {
    if (data.kind === 'clock') tellCpuMs(data.ms);
    else self.postMessage({ result: await run(data) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
