// The page of the WASM bench: it does nothing but start workers, and times several side by side.
import type { RaceOrder, ShareOrder } from './wasm-worker.ts';

/** The bench's own, by Playwright: CPU time of the browser's renderers. */
declare function readCpuMs(): Promise<number>;

const ROUNDS = 5;

function ask(worker: Worker, message: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.onmessage = async ({ data }) => {
      if (data.isClock) worker.postMessage({ kind: 'clock', ms: await readCpuMs() });
      else if (data.error) reject(new Error(data.error));
      else resolve(data.result);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(message);
  });
}

const start = () => new Worker(new URL('./wasm-worker.ts', import.meta.url), { type: 'module' });

/** Rows came through JSON, as plain arrays. */
const toRows = (rows: number[][]) => rows.map((row) => Uint32Array.from(row));

async function raceInWorker(cases: { name: string; rows: number[][] }[], batches: number[]) {
  const worker = start();
  const order: RaceOrder = {
    kind: 'race',
    cases: cases.map(({ name, rows }) => ({ name, rows: toRows(rows) })),
    batches,
  };
  const result = await ask(worker, order);
  worker.terminate();
  return result;
}

/** Milliseconds of each round in which one worker, then `count`, compute the rows each. */
async function raceWorkers(count: number, rows: number[][]) {
  const order: ShareOrder = { kind: 'share', rows: toRows(rows) };
  const workers = Array.from({ length: count }, start);
  await Promise.all(workers.map((worker) => ask(worker, order)));
  const times = { one: [] as number[], all: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of ['one', 'all'] as const) {
      const busy = kind === 'one' ? workers.slice(0, 1) : workers;
      const begin = performance.now();
      await Promise.all(busy.map((worker) => ask(worker, { kind: 'again' })));
      times[kind].push(performance.now() - begin);
    }
  }
  for (const worker of workers) worker.terminate();
  return times;
}

Object.assign(globalThis, { raceInWorker, raceWorkers });
