// The coordinator's own share of the work: units whose results disagree or whose batch is over, and
// open ones with no lease left whose wait is over or that no other contributor could take. It never
// begins a unit that no contributor has computed.
import type { GrantOptions } from './grant-leases.ts';
import { settleUnits } from './settle.ts';
import type { Recomputed } from './settlement.ts';
import type { Transaction } from './transaction.ts';

export interface PartnerUnit {
  id: number;
  model: Uint8Array;
  input_blob: string;
}

/** Open units looked at in one search: the oldest wait the longest. */
const undecidedMax = 64;

export interface PartnerOptions extends Pick<GrantOptions, 'now' | 'waits' | 'laboratory'> {
  /** Units that it could not compute just now. */
  except: readonly number[];
}

/** Models of units that wait for a result. */
export async function findModelsWanted(transaction: Transaction): Promise<{ model: string }[]> {
  return transaction.query<{ model: string }>(
    `select distinct encode(units.model, 'hex') as model from units join batches
       on batches.id = batch_id where status = 'in_progress' and state in (0, 1)`,
  );
}

/** The oldest unit that the coordinator should recompute now. */
export async function findPartnerUnit(
  transaction: Transaction,
  { now, waits, laboratory, except }: PartnerOptions,
): Promise<PartnerUnit | null> {
  const [disputed] = await transaction.query<PartnerUnit>(
    `select id, model, input_blob from units
     where answered + 0 > 0 and state + 0 <> 0 and not id = any($1) order by id limit 1`,
    [except],
  );
  if (disputed) return disputed;
  const [lonely] = await transaction.query<PartnerUnit>(
    `select id, model, input_blob
     from (select * from units where answered + 0 > 0 and state + 0 = 0
         and not id = any($6) order by id limit $5)
       as undecided
     where leased = 0 and (waiting_since <= $1
       or not exists (select from sessions join accounts on accounts.id = account_id
         where last_wanted_at > $2 and expires_at > $3 and suspended_at is null
           and not exists (select from leases where unit_id = undecided.id
             and (leases.account_id = sessions.account_id
               or (not $4::boolean and leases.address = sessions.address)))))
     order by id limit 1`,
    [now - waits.partnerWaitMs, now - waits.liveMs, now, laboratory, undecidedMax, except],
  );
  return lonely ?? null;
}

/** Rules on a unit by the coordinator's own output. */
export async function settleByCoordinator(
  transaction: Transaction,
  { unit, now, ...recomputed }: Recomputed & { unit: number; now: number },
): Promise<void> {
  await settleUnits(transaction, [unit], { now, recomputed: new Map([[unit, recomputed]]) });
}
