// What the coordinator publishes of its books: for each group of receipts that one commit wrote, the
// postings of its one transfer. A reader adds up the receipts' credits and compares.
import { IdlewildError } from './errors.ts';

export interface LogGroup {
  /** Its first leaf. */
  first: number;
  /** Leaves. */
  count: number;
  /** By account, summing to zero; none where nothing moved, and none for an entry of the log's own. */
  postings: { account: string; amount: number }[];
}

const ACCOUNT_LENGTH_MAX = 512;
/** A group has at most this many postings, and a page at most this many groups. */
const ITEMS_MAX = 1 << 16;

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPosting(value: unknown): boolean {
  const { account, amount } = (value ?? {}) as Record<string, unknown>;
  const named = typeof account === 'string' && account.length <= ACCOUNT_LENGTH_MAX;
  return named && Number.isSafeInteger(amount);
}

function isGroup(value: unknown): boolean {
  const { first, count, postings } = (value ?? {}) as Record<string, unknown>;
  const placed = isCount(first) && isCount(count) && count > 0;
  const sized = Array.isArray(postings) && postings.length <= ITEMS_MAX;
  return placed && sized && postings.every(isPosting);
}

/**
 * The body of GET /v1/log/postings/START/END.
 * @throws log/groups-malformed
 */
export function parseLogGroups(body: unknown): LogGroup[] {
  const { groups } = (body ?? {}) as Record<string, unknown>;
  if (Array.isArray(groups) && groups.length <= ITEMS_MAX && groups.every(isGroup)) {
    return groups as LogGroup[];
  }
  throw new IdlewildError('log/groups-malformed', 'The postings are not in their form.');
}
