// The case of the coordinator's bench in which nothing happens: contributors with sessions and open
// connections, an empty queue, and each asks again when it is told to. What they cost in memory and CPU.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { syntheticConfig } from '#model/synthetic.ts';
import type { IdleOrder, IdleReport } from './coordinator-idle-load.ts';
import { ask, type CpuParts, readCpu, startChild } from './coordinator-processes.ts';
import type { ServerOrder } from './coordinator-server.ts';
import { makeSite } from './coordinator-site.ts';
import type { BenchRow } from './report.ts';

const idle = 10_000;
const windowMs = 40_000;
/** Besides a process's connections: files, pipes, the database's. */
const filesBeside = 500;

/** The system's limit; Node raises its own to it at its start. */
function checkFilesMax(): void {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1] ?? 'unlimited';
  if (hard === 'unlimited' || Number(hard) >= idle + filesBeside) return;
  throw new Error(
    `${idle} connections need more open files than the ${hard} that this system allows a process. ` +
      `Raise the limit (ulimit -n ${idle + filesBeside}, as root), or give --quick without --idle.`,
  );
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

interface Memory {
  /** Before the first came, and when all were in and had asked for the window. */
  beforeBytes: number;
  afterBytes: number;
}

function toRows(report: IdleReport, parts: CpuParts, memory: Memory): BenchRow[] {
  const { calls, refused, ms, latencyMs, retryAfterMs } = report;
  const { beforeBytes, afterBytes } = memory;
  const figures: [what: string, unit: string, value: number, digits: number][] = [
    ['calls', 'calls/s', (calls * 1000) / ms, 1],
    ['calls refused', 'calls/s', (refused * 1000) / ms, 1],
    ['told to wait, median', 's', retryAfterMs.median / 1000, 1],
    ['told to wait, most', 's', retryAfterMs.most / 1000, 1],
    ['a call, median', 'ms', latencyMs.median, 1],
    ['a call, p99', 'ms', latencyMs.p99, 1],
    ['memory', 'MiB', afterBytes / 2 ** 20, 0],
    ['memory for each', 'KiB', (afterBytes - beforeBytes) / idle / 2 ** 10, 1],
  ];
  for (const [part, spentMs] of Object.entries(parts)) {
    figures.push([`CPU, ${part}`, 'cores', spentMs / ms, 3]);
  }
  return figures.map(([what, unit, value, digits]) => ({
    case: `embedded, ${idle} idle: ${what}`,
    unit,
    ours: Number(value.toFixed(digits)),
    rival: null,
    rivalName: null,
    ratio: null,
    spread: null,
  }));
}

export async function measureIdle(): Promise<BenchRow[]> {
  checkFilesMax();
  const root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-bench-'));
  const { dataFolder, model } = await makeSite(root, null);
  const server = startChild('coordinator-server.ts');
  const load = startChild('coordinator-idle-load.ts');
  try {
    const order: ServerOrder = { dataFolder, model: model.folder, databaseUrl: null };
    const { origin } = await ask<{ origin: string }>(server, order);
    const pid = server.pid ?? 0;
    const beforeBytes = residentBytes(pid);
    const tell = (wanted: IdleOrder) => ask<{ report: IdleReport }>(load, wanted);
    const words = syntheticConfig.hiddenSize;
    const started = performance.now();
    await tell({ kind: 'open', origin, contributors: idle, words });
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stderr.write(`${idle} sessions opened in ${seconds} s\n`);
    const cpu = readCpu(server, load, null);
    const { report } = await tell({ kind: 'watch', ms: windowMs });
    const rows = toRows(report, cpu(), { beforeBytes, afterBytes: residentBytes(pid) });
    for (const { case: what, ours, unit } of rows)
      process.stderr.write(`${what}: ${ours} ${unit}\n`);
    return rows;
  } finally {
    load.kill();
    if (server.connected) server.disconnect();
    if (server.exitCode === null) await once(server, 'exit');
    await rm(root, { recursive: true, force: true });
  }
}
