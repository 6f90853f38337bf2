// A process of its own for the WebGPU race over Dawn, as for the proof: the driver is chosen by an
// environment variable before it starts, a crash in it ends nothing else, and its CPU time is that
// of the race alone. webgpu-dawn.ts forks it.
import path from 'node:path';
import { runnerImport } from 'vite';
import type { DawnMessage, DawnOrder } from './webgpu-dawn-race.ts';

const root = path.resolve(import.meta.dirname, '../..');

process.once('message', async (order: DawnOrder) => {
  const tell = (message: DawnMessage) => {
    process.send?.(message);
  };
  try {
    // Through Vite, since the engine imports shader texts.
    const { module } = await runnerImport<typeof import('./webgpu-dawn-race.ts')>(
      path.join(import.meta.dirname, 'webgpu-dawn-race.ts'),
      { root, configFile: false, logLevel: 'error' },
    );
    // Loaded here, since Vite's runner has closed by the time that it is wanted.
    const loadOrt = () => import('onnxruntime-web/webgpu');
    await module.raceOnDawn(order, { tell, loadOrt });
  } catch (thrown) {
    tell({ kind: 'failed', why: thrown instanceof Error ? thrown.message : String(thrown) });
  }
  process.disconnect();
});
