// Which finished results one call carries, and which verdict of its answer is whose.
import type { StoredResult } from '#cache/database.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { VerdictNews } from '#protocol/wire.ts';

/** Results of one call, so that its body stays below workBodyBytesMax. */
const resultBytesMax = limits.workBodyBytesMax - (1 << 20);
export function malformed(what: string, ...metaMessages: string[]): IdlewildError {
  return new IdlewildError('coordinator/malformed', `The coordinator ${what}.`, { metaMessages });
}

/**
 * Verdicts come in the order of the results that were sent. One that the coordinator could not even
 * read has no lease to name: its place tells, so that it does not stay in the outbox for ever.
 */
export function inOrder(verdicts: VerdictNews[], sent: StoredResult[]): VerdictNews[] {
  const named = verdicts.map((news, at) => {
    const isUnread = at < sent.length && news.lease === 'unknown' && news.state === 'rejected';
    return isUnread ? { ...news, lease: sent[at].lease } : news;
  });
  const leases = new Set(named.map(({ lease }) => lease));
  if (sent.every(({ lease }) => leases.has(lease))) return named;
  throw malformed('left a result unanswered', 'It is kept, and sent again after the next start.');
}

/** The oldest unsent results that one call may carry. */
export function chooseResults(stored: StoredResult[]): StoredResult[] {
  const chosen: StoredResult[] = [];
  let bytes = 0;
  for (const one of stored) {
    if (!one.result) continue;
    bytes += (one.result.output?.length ?? 0) + one.result.payload.length + 256;
    if (chosen.length === limits.workResultsMax) break;
    if (chosen.length > 0 && bytes > resultBytesMax) break;
    chosen.push(one);
  }
  return chosen;
}
