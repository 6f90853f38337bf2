// The page of the WebGPU bench: it starts the worker that races, and passes on what that asks of
// the bench.
import type { WebgpuOutcome } from './webgpu-outcome.ts';
import type { WebgpuAnswer, WebgpuOrder } from './webgpu-worker.ts';

/** The bench's own, by Playwright: CPU time of the browser's processes, and a line for people. */
declare function readCpuMs(): Promise<number>;
declare function tellProgress(line: string): Promise<void>;

function raceInWorker(order: WebgpuOrder): Promise<WebgpuOutcome> {
  const worker = new Worker(new URL('./webgpu-worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = async ({ data }: MessageEvent<WebgpuAnswer>) => {
      if (data.kind === 'clock') worker.postMessage({ kind: 'clock', ms: await readCpuMs() });
      else if (data.kind === 'progress') await tellProgress(data.line);
      else if (data.kind === 'outcome') resolve(data.outcome);
      else reject(new Error(data.why));
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ kind: 'race', order });
  });
}

Object.assign(globalThis, { raceInWorker });
