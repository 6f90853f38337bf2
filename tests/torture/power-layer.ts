// Loaded before a coordinator (`--import`), and before each of its threads: its syncs keep what they
// would have kept over a power cut (power-disk.ts). Its writes go where they always go.
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import workerThreads, { type WorkerOptions } from 'node:worker_threads';
import { openPowerDisk } from './power-disk.ts';
import type { PowerOrder } from './victim.ts';

const order = JSON.parse(process.env.IDLEWILD_POWER ?? 'null') as
  | (PowerOrder & { folder: string })
  | null;
if (!order) throw new Error('IDLEWILD_POWER says which folder.');
const disk = openPowerDisk(order, order.deaf);

fs.fsyncSync = (fd) => disk.sync(fd);
fs.fdatasyncSync = (fd) => {
  if (order.failing !== undefined && fs.existsSync(order.failing)) {
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  }
  disk.sync(fd);
};

const handle = await open(import.meta.filename);
const handles = Object.getPrototypeOf(handle) as {
  sync(this: { fd: number }): Promise<void>;
  datasync(this: { fd: number }): Promise<void>;
};
await handle.close();
handles.sync = async function sync() {
  disk.sync(this.fd);
};
handles.datasync = handles.sync;

/** A thread begins with a line of JavaScript (start-worker.ts): this layer comes before its entry. */
class PoweredWorker extends workerThreads.Worker {
  constructor(entry: URL, options: WorkerOptions) {
    const own = `await import(${JSON.stringify(import.meta.url)}); await import(`;
    const source = decodeURIComponent(entry.href).replace('await import(', own);
    const url = new URL(
      `data:text/javascript,${encodeURIComponent(source.replace(/^[^,]*,/, ''))}`,
    );
    super(url, { ...options, execArgv: [] });
  }
}
workerThreads.Worker = PoweredWorker as never;
syncBuiltinESMExports();
