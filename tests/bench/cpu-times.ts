// CPU time of processes and of their threads, from /proc: who of those on the same two cores paid
// for a result.
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second. */
const tickMs = 10;

interface Stat {
  parent: number;
  /** User and system time, milliseconds. */
  ms: number;
}

function readStat(path: string): Stat | null {
  try {
    const text = readFileSync(`/proc/${path}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * tickMs };
  } catch {
    return null;
  }
}

const numbers = (folder: string) => readdirSync(folder).filter((name) => /^\d+$/.test(name));

/** CPU time of each thread of a process, by thread id; the main thread's id is the process's. */
export function threadTimes(pid: number): Map<number, number> {
  const times = new Map<number, number>();
  for (const thread of numbers(`/proc/${pid}/task`)) {
    const stat = readStat(`${pid}/task/${thread}`);
    if (stat) times.set(Number(thread), stat.ms);
  }
  return times;
}

/** CPU time of a process and of all that it started and that still runs. */
export function familyTime(pid: number): number {
  const stats = new Map(numbers('/proc').map((id) => [Number(id), readStat(id)]));
  const isOf = (id: number): boolean => {
    if (id === pid) return true;
    const parent = stats.get(id)?.parent ?? 0;
    return parent > 1 && isOf(parent);
  };
  let ms = 0;
  for (const [id, stat] of stats) if (stat && isOf(id)) ms += stat.ms;
  return ms;
}
