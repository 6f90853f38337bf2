// The page of the bounded bench: it makes requests of numbers that came through JSON, and starts the
// worker that runs both sides.
import type { BoundedOrder } from './bounded-worker.ts';

/** The bench's own, by Playwright: CPU time of the browser's renderers. */
declare function readCpuMs(): Promise<number>;

export interface PlainOrder extends Omit<BoundedOrder, 'kind' | 'requests'> {
  requests: Record<string, { dtype: 'float32'; shape: number[]; file: string }>[];
}

async function readBytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(file)).arrayBuffer());
}

async function toRequests(given: PlainOrder['requests']): Promise<BoundedOrder['requests']> {
  const requests: BoundedOrder['requests'] = [];
  for (const one of given) {
    const request: BoundedOrder['requests'][number] = {};
    for (const [name, { dtype, shape, file }] of Object.entries(one)) {
      request[name] = { dtype, shape, data: await readBytes(file) };
    }
    requests.push(request);
  }
  return requests;
}

async function runBounded(order: PlainOrder): Promise<unknown> {
  const worker = new Worker(new URL('./bounded-worker.ts', import.meta.url), { type: 'module' });
  const requests = await toRequests(order.requests);
  const result = await new Promise((resolve, reject) => {
    worker.onmessage = async ({ data }) => {
      if (data.isClock) worker.postMessage({ kind: 'clock', ms: await readCpuMs() });
      else if (data.error) reject(new Error(data.error));
      else resolve(data.result);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ ...order, kind: 'pair', requests });
  });
  worker.terminate();
  return result;
}

Object.assign(globalThis, { runBounded });
