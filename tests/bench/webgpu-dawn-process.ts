// A process of its own for the WebGPU race over Dawn, as for the proof: the driver is chosen by an
// environment variable before it starts, a crash in it ends nothing else, and its CPU time is that
// of the race alone. webgpu-dawn.ts forks it.
import { importThroughVite } from '../engine/import-through-vite.ts';
import type { DawnMessage, DawnOrder } from './webgpu-dawn-race.ts';

/** Node's own import, with Node's own runtime: Vite would look for the browser's. */
const loadOrt = () => import('onnxruntime-web/webgpu');

process.once('message', async (order: DawnOrder) => {
  const tell = (message: DawnMessage) => {
    process.send?.(message);
  };
  try {
    await importThroughVite(
      'tests/bench/webgpu-dawn-race.ts',
      (module: typeof import('./webgpu-dawn-race.ts')) =>
        module.raceOnDawn(order, { tell, loadOrt }),
    );
  } catch (thrown) {
    tell({ kind: 'failed', why: thrown instanceof Error ? thrown.message : String(thrown) });
  }
  process.disconnect();
});
