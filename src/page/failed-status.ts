// The status that the page makes itself: it is the first to know that the worker could not be
// reached.
import type { WireError } from '#protocol/errors.ts';
import type { ContributorStatus } from '#worker/status.ts';

/** What is over once nothing runs any more. */
export const atRest = {
  unit: null,
  download: null,
  pauses: [],
  finishing: false,
} satisfies Partial<ContributorStatus>;

export function failedStatus(last: ContributorStatus, error: WireError): ContributorStatus {
  const { code, message } = error;
  const saying = { code: 'failed/error', values: { code, message } } as const;
  return { ...last, ...atRest, phase: 'failed', message, saying, error };
}
