// How long each thread of a browser wanted the processor: Linux counts, for every thread, both when
// it ran and when it waited for a core. The sum does not depend on what else the machine does.
import { readdir, readFile } from 'node:fs/promises';

async function read(file: string): Promise<string> {
  // It may have ended since.
  return readFile(file, 'utf8').catch(() => '');
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** The process and all that it started. */
async function family(pid: number): Promise<string[]> {
  const parents = new Map<string, string>();
  for (const name of await list('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = /^PPid:\s+(\d+)/m.exec(await read(`/proc/${name}/status`))?.[1];
    if (parent) parents.set(name, parent);
  }
  const found = new Set([String(pid)]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const [child, parent] of parents) if (found.has(parent)) found.add(child);
  }
  return [...found];
}

/** @returns milliseconds that each thread of this name ran or waited for a core, by its id */
export async function readThreadTimes(pid: number, name: string): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const member of await family(pid)) {
    for (const thread of await list(`/proc/${member}/task`)) {
      const folder = `/proc/${member}/task/${thread}`;
      if ((await read(`${folder}/comm`)).trim() !== name) continue;
      const [ran, waited] = (await read(`${folder}/schedstat`)).split(' ').map(Number);
      times.set(thread, (ran + waited) / 1e6);
    }
  }
  return times;
}
