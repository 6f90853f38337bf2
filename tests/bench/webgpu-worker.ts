// The WebGPU race inside a worker of a real browser: it fetches our model and the rival's files
// from the bench's server, and asks the page for the processes' CPU time.
import { loadEncoder } from '#model/load-encoder.ts';
import type { Manifest } from '#model/manifest.ts';
import type { MiniLmDtype } from './onnx-model.ts';
import type { WebgpuOutcome } from './webgpu-outcome.ts';
import { raceOnWebgpu, type WebgpuHost } from './webgpu-race.ts';

export interface WebgpuOrder extends Pick<WebgpuHost, 'cases' | 'dtypes'> {
  /** The names of the rivals' files in the folder `rivals`. */
  onnx: Partial<Record<MiniLmDtype, string>>;
}

export type WebgpuAnswer =
  | { kind: 'clock' }
  | { kind: 'progress'; line: string }
  | { kind: 'outcome'; outcome: WebgpuOutcome }
  | { kind: 'failed'; why: string };

type Message = { kind: 'race'; order: WebgpuOrder } | { kind: 'clock'; ms: number };

const tell = (answer: WebgpuAnswer) => self.postMessage(answer);

async function read(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(`/bench/${name}`);
  if (!response.ok) throw new Error(`${name}: the bench's server answered ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

async function readModel() {
  const text = new TextDecoder().decode(await read('model/manifest.json'));
  const manifest = JSON.parse(text) as Manifest;
  const shards = manifest.shards.map(({ sha256 }) => read(`model/shards/${sha256}`));
  return loadEncoder(manifest, await Promise.all(shards));
}

let tellCpuMs = (_ms: number) => {};

/** The page asks the bench, which asks the browser. */
function cpuMs(): Promise<number> {
  return new Promise((resolve) => {
    tellCpuMs = resolve;
    tell({ kind: 'clock' });
  });
}

async function race({ onnx, ...order }: WebgpuOrder): Promise<WebgpuOutcome> {
  return raceOnWebgpu({
    ...order,
    gpu: navigator.gpu,
    weights: await readModel(),
    loadOrt: () => import('onnxruntime-web/webgpu'),
    readOnnx: (dtype) => read(`rivals/${onnx[dtype]}`),
    cpuMs,
    onProgress: (line) => tell({ kind: 'progress', line }),
  });
}

self.onmessage = async ({ data }: MessageEvent<Message>) => {
  if (data.kind === 'clock') return tellCpuMs(data.ms);
  try {
    tell({ kind: 'outcome', outcome: await race(data.order) });
  } catch (thrown) {
    tell({ kind: 'failed', why: thrown instanceof Error ? thrown.message : String(thrown) });
  }
};
