// What becomes of a result as it comes in, by its lease and its unit: kept for the judge, answered with
// a reason, or refused at the account's cost.
import { equalBytes } from '#protocol/bytes.ts';
import { leaseStates, unitStates } from '#validator/states.ts';
import { takesLate } from '#validator/take-late.ts';
import { type UnitRow, unitKinds } from './settlement.ts';
import type { CheckedResult, WorkItem, WorkReason } from './work-item.ts';

/** A lease with its unit. */
export interface LeaseRow extends UnitRow {
  lease_id: string;
  unit_id: number;
  session_id: string;
  account_id: string;
  deliver: string;
  lease_state: number;
  expires_at: number;
  reason: string | null;
  /** The lease is over, and another lease or result of the same account stands on the unit. */
  doubled: boolean;
  /** The lease is over: results that stand on the unit without a final verdict. */
  standing: number;
}

export interface Incoming {
  item: WorkItem;
  result: CheckedResult;
  lease: LeaseRow | undefined;
}

type Fate =
  | { kind: 'keep' }
  | { kind: 'answer'; reason: WorkReason }
  /** The lease is spent, and it counts against the account. */
  | { kind: 'refuse'; reason: WorkReason };

const answer = (code: string, message: string): Fate => ({
  kind: 'answer',
  reason: { code, message },
});

export function decideFate({ item, result, lease }: Incoming, now: number): Fate {
  if (!lease || lease.account_id !== item.account) {
    const { fault } = result;
    const unreadable = fault?.code === 'result/malformed';
    if (unreadable) return { kind: 'answer', reason: fault };
    return answer('lease/unknown', 'This account holds no such lease.');
  }
  const state = leaseStates[lease.lease_state];
  // Its first answer is in the table of results.
  if (state === 'answered') return answer('result/repeated', 'Answered before.');
  if (state === 'refused') {
    return answer(lease.reason ?? 'lease/refused', refusedBefore);
  }
  const fault = findFault(result, lease);
  if (fault) return { kind: state === 'open' ? 'refuse' : 'answer', reason: fault };
  if (state === 'open') return { kind: 'keep' };
  if (state === 'withdrawn') {
    const spoiled = lease.reason === 'lease/convicted' || lease.reason === 'lease/own-unit';
    return now <= lease.expires_at && !spoiled ? { kind: 'keep' } : late;
  }
  const { doubled, standing } = lease;
  const unit = { kind: unitKinds[lease.kind], state: unitStates[lease.state], standing };
  return takesLate(unit) && !doubled ? { kind: 'keep' } : late;
}

export const refusedBefore = 'The result of this lease was refused.';
const late = answer(
  'lease/expired',
  'The result came after its lease had ended, and the unit needs no further result.',
);

function findFault(result: CheckedResult, lease: LeaseRow): WorkReason | null {
  if (result.fault) return result.fault;
  const matches =
    equalBytes(result.unit, lease.digest) &&
    equalBytes(result.model, lease.model) &&
    result.rows === lease.row_count;
  if (!matches) {
    return { code: 'result/wrong-unit', message: 'Unit, model or rows are not those leased.' };
  }
  if (lease.deliver === 'output' && result.outputBlob === null) {
    return { code: 'result/no-output', message: 'This lease asked for the output itself.' };
  }
  return null;
}
