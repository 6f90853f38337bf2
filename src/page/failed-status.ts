// The status that the page makes itself: it is the first to know that the worker could not be
// reached.
import type { WireError } from '#protocol/errors.ts';
import type { ContributorStatus } from '#worker/status.ts';

export function failedStatus(last: ContributorStatus, error: WireError): ContributorStatus {
  return { ...last, phase: 'failed', message: error.message, error, unit: null, download: null };
}
