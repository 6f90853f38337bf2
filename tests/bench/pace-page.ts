// The page of the pace bench: it passes the bench's words to its worker, and times Stop as a
// visitor does, from the click to the answer.
import { wrap } from 'comlink';
import { defaultSettings } from '#worker/status.ts';
import type { PaceFace } from './pace-worker.ts';

const worker = new Worker(new URL('./pace-worker.ts', import.meta.url), { type: 'module' });
const face = wrap<PaceFace>(worker);

const pacePage = {
  start: (backend: 'wasm' | 'webgpu', dutyPercent: number) =>
    face.start({ backend, unitsMax: 0, settings: { ...defaultSettings, dutyPercent } }),
  takeSlices: () => face.takeSlices(),
  async stop(): Promise<number> {
    const start = performance.now();
    await face.stop();
    return performance.now() - start;
  },
};

export type PacePage = typeof pacePage;

Object.assign(globalThis, { pacePage });
