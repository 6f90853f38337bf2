// A worker that runs for days: a thousand units in Node, computed in WASM, and memory as it was.
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test } from 'vitest';
import { readKernels } from '#cli/build-kernels.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { begin, startOptions } from './begin-contributor.ts';
import { choice } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

/** Rows of a unit: its output is 8 × 64 words, so results that are kept would be 1.6 MB more. */
const rows = new Array<number>(8).fill(1);
/** What V8 itself still grows by: it is flat from 2,000 units to 3,000. */
const growthMax = 1 << 20;

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** Bytes that are still reachable, off the heap as well. */
async function reachable(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('memory after a thousand units is what it was after two hundred', async () => {
  const coordinator = new StrictCoordinator();
  const backend = await createWasmBackend(await readKernels());
  const { contributor, until, leave } = begin(coordinator, { backends: [choice(backend)] });
  let added = 0;
  const compute = async (units: number) => {
    while (added < units) {
      for (let unit = 0; unit < 50; unit++) coordinator.addUnit(rows, ++added);
      const done = ({ units, outbox, unit }: { units: number; outbox: number; unit: unknown }) =>
        units === added && outbox === 0 && unit === null;
      await until(done);
      coordinator.forget();
    }
    return reachable();
  };
  await contributor.start(startOptions, null);
  const before = await compute(200);
  const after = await compute(1000);
  await leave();
  process.stdout.write(`memory: ${before} bytes after 200 units, ${after} after 1,000\n`);
  expect(after - before).toBeLessThan(growthMax);
});
