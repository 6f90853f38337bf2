// The demo's crew: three headless browsers with accounts of their own. One asks for WebGPU, and
// says so where there is no adapter; two compute in WASM, and begin when the first holds a lease,
// since on a software adapter they would be through a short batch before it was ready.
import { toIdlewildError } from '#protocol/errors.ts';
import type { ContributorStatus } from '#worker/status.ts';
import type { Progress } from './progress.ts';
import { runWork, type WorkReport } from './work.ts';

export interface ContributorReport {
  account: string;
  backend: string;
  adapter: string;
  units: number;
  accepted: number;
  rejected: number;
  sentencesPerSecond: number;
  credit: number;
}

export interface Crew {
  /** A few words for the progress line. */
  line(): string;
  /** Rejects when a contributor fails for a reason other than having no adapter. */
  failed: Promise<never>;
  /** Stops the contributors and waits for their last verdicts. */
  finish(): Promise<ContributorReport[]>;
}

const roles = ['webgpu', 'wasm', 'wasm'] as const;

export function contribute(coordinator: string, progress: Progress): Crew {
  const stop = new AbortController();
  const statuses: (ContributorStatus | null)[] = roles.map(() => null);
  let firstIsReady = () => {};
  const ready = new Promise<void>((resolve) => {
    firstIsReady = resolve;
  });
  const runs = roles.map(async (backend, index): Promise<WorkReport | null> => {
    if (index > 0) await ready;
    try {
      return await runWork({
        coordinator,
        backend,
        signal: stop.signal,
        onStatus: (status) => {
          statuses[index] = status;
          if (status.unit) firstIsReady();
        },
      });
    } catch (thrown) {
      const error = toIdlewildError(thrown);
      if (backend !== 'webgpu' || error.code !== 'engine/no-adapter') throw error;
      progress.done('No WebGPU adapter here: two contributors compute, in WASM.');
      return null;
    } finally {
      firstIsReady();
    }
  });
  const failed = new Promise<never>((_, reject) => {
    for (const run of runs) run.catch(reject);
  });
  failed.catch(() => {});
  return {
    line: () => statuses.map((status) => (status ? describe(status) : 'starting')).join(' · '),
    failed,
    async finish() {
      stop.abort();
      const reports = await Promise.all(runs);
      return reports.filter((report) => report !== null).map(toReport);
    },
  };
}

function describe({ device, rowsPerSecond, phase }: ContributorStatus): string {
  if (!device) return phase;
  return `${device.backend} ${rowsPerSecond.toFixed(1)}/s`;
}

function toReport(report: WorkReport): ContributorReport {
  const { account, backend, adapter, units, accepted, rejected, credit } = report;
  const sentencesPerSecond = Math.round(report.rowsPerSecond * 10) / 10;
  return { account, backend, adapter, units, accepted, rejected, sentencesPerSecond, credit };
}
