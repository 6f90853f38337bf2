// What the host page is told of the contributor's status: its state, its figures, its credit and
// its errors, and nothing that names the visitor.
import type { ContributorStatus } from '#worker/status.ts';
import { describe } from './describe.ts';
import type { Host } from './embed-host.ts';

const progressMsMin = 1_000;

export function mountReport(host: Host): (status: ContributorStatus) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: ContributorStatus | null = null;

  const tellProgress = () => {
    if (!last) return;
    toldAt = performance.now();
    const { units, rows, rowsPerSecond, totals } = last;
    const { accepted, pending, rejected } = totals;
    host.tell('progress', { units, rows, rowsPerSecond, accepted, pending, rejected });
  };
  return (status) => {
    const failedBefore = last?.error?.code;
    last = status;
    const { phase, error, totals } = status;
    const { title, what } = describe(status);
    const running = !['idle', 'stopped', 'failed'].includes(phase);
    const message = what ? `${title}. ${what}` : title;
    host.tell('statuschange', { phase, running, message, pauses: [...status.pauses] });
    host.tell('credit', { credit: totals.credit, held: totals.creditHeld });
    if (error && error.code !== failedBefore) {
      host.tell('error', { code: error.code, message: what || title, retryable: error.retryable });
    }
    clearTimeout(timer);
    const waitMs = toldAt + progressMsMin - performance.now();
    if (waitMs > 0) timer = setTimeout(tellProgress, waitMs);
    else tellProgress();
  };
}
