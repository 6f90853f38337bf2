// Which threads of a browser want the processor at the same moment: Linux tells of every thread
// whether it runs or waits for a core. However little of a core each one gets, that stays true.
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

/** @returns the folders that Linux keeps for the threads of this name */
async function findThreads(pid: number, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const member of await family(pid)) {
    for (const thread of await list(`/proc/${member}/task`)) {
      const folder = `/proc/${member}/task/${thread}`;
      if ((await read(`${folder}/comm`)).trim() === name) found.push(folder);
    }
  }
  return found;
}

/** R, after the name in its parentheses: it runs, or would if a core were free. */
const wantsCore = async (thread: string) => /\) R /.test(await read(`${thread}/stat`));

/**
 * Looks every 5 ms until `over`.
 * @returns the moments at which some thread of this name wanted a core, and at which two did
 */
export async function watchThreads(pid: number, name: string, over: () => boolean) {
  const threads = await findThreads(pid, name);
  const seen = { some: 0, two: 0 };
  while (!over()) {
    const wanting = (await Promise.all(threads.map(wantsCore))).filter(Boolean).length;
    if (wanting > 0) seen.some += 1;
    if (wanting > 1) seen.two += 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return seen;
}
