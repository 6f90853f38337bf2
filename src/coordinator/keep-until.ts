// For how long payloads are kept: as the requester wishes, within the operator's maximum.
import type { Waits } from '#store/waits.ts';

type Kept = Pick<Waits, 'privateRetentionMs' | 'openRetentionMs'>;

export interface Keeping {
  open: boolean;
  /** Milliseconds of the coordinator's clock that it is counted from. */
  from: number;
  wishMs: number | null;
}

/** Of a file. @returns null for ever, or until its owner deletes it */
export function keepUntil({ open, from, wishMs }: Keeping, waits: Kept): number | null {
  const operatorMs = open ? waits.openRetentionMs : waits.privateRetentionMs;
  const ms = Math.min(wishMs ?? Number.POSITIVE_INFINITY, operatorMs || Number.POSITIVE_INFINITY);
  return ms === Number.POSITIVE_INFINITY ? null : from + ms;
}

/** Of a batch's inputs: an open one's are the public's too, whatever its requester wishes. */
export function keepInputsUntil(keeping: Keeping, waits: Kept): number | null {
  return keepUntil({ ...keeping, wishMs: keeping.open ? null : keeping.wishMs }, waits);
}
