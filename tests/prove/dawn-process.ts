// A process of its own for Dawn, Chromium's WebGPU outside the browser: the driver is chosen by an
// environment variable before it starts, and a crash in it ends nothing else. prove.ts forks it.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runnerImport } from 'vite';
import type { ReadFile, Report } from './case.ts';
import type { DawnTask } from './dawn.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read: ReadFile = async (file) => new Uint8Array(await readFile(path.join(root, file)));

process.once('message', async (task: DawnTask) => {
  const report = (one: Report) => {
    process.send?.(one);
  };
  // Through Vite, since the engine imports shader texts.
  const { module } = await runnerImport<typeof import('./dawn.ts')>(
    path.join(import.meta.dirname, 'dawn.ts'),
    { root, configFile: false, logLevel: 'error' },
  );
  await module.runDawn(task, { read, report });
  process.disconnect();
});
