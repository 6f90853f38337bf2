// Units that are computed again, since a contributor behind them was convicted.

import { unitStates } from '#validator/states.ts';
import { loadUnits, withResults } from './load-units.ts';
import { createOutcome, noHold } from './outcome.ts';
import type { Touched } from './release-units.ts';
import { holderKey } from './settle-work.ts';
import type { VerdictContext } from './settlement.ts';
import { openRecords } from './track-records.ts';
import type { Transaction } from './transaction.ts';
import { writeOutcome } from './write-outcome.ts';

interface VoidOptions {
  context: VerdictContext;
  touched: Touched;
}

const voided = {
  to: 'rejected',
  code: 'verdict/voided',
  message: 'Another result of this account was wrong, so this one, not yet confirmed, is void.',
  confirmedBy: [],
} as const;

const again = {
  to: 'pending',
  code: 'verdict/awaiting-partner',
  message: 'Waiting for a second result of this unit.',
  confirmedBy: [],
} as const;

/** Held units with a result of these accounts. @returns those that have other answers */
export async function openHeldUnits(
  transaction: Transaction,
  accounts: readonly string[],
  { context, touched }: VoidOptions,
): Promise<number[]> {
  const held = await transaction.query<{ unit_id: number }>(
    `select distinct unit_id from results join units on units.id = unit_id
     where account_id = any($1) and results.state = 3 and units.state = 4`,
    [accounts],
  );
  if (held.length === 0) return [];
  const ids = held.map(({ unit_id }) => unit_id);
  const { units, results } = await withResults(transaction, await loadUnits(transaction, ids));
  const holders = units.flatMap(({ holder_account }) => holder_account ?? []);
  const outcome = createOutcome(await openRecords(transaction, holders), context);
  const left: number[] = [];
  const inherited: { lease: string; blob: string }[] = [];
  for (const unit of units) {
    const own = results.filter(({ unit_id, state }) => unit_id === unit.id && state === 3);
    const others = own.filter(({ account_id }) => !accounts.includes(account_id));
    for (const result of own) {
      outcome.rule(unit, result, others.includes(result) ? again : voided);
    }
    outcome.records.add(holderKey(unit), { held: -1, confirmed: unit.rows_open === 0 ? -1 : 0 });
    const withdrawn = unit.ending ? 1 : 0;
    outcome.count(unit.batch_id, { held: -1, rowsOpen: -unit.rows_open, withdrawn });
    outcome.dropped.push(unit.id);
    // Equal digests, so equal bytes: the output that was kept is theirs as well.
    for (const { lease_id: lease } of others) {
      inherited.push({ lease, blob: unit.output_blob as string });
    }
    if (others.length > 0) left.push(unit.id);
    outcome.units.push({
      id: unit.id,
      state: unitStates.indexOf(unit.ending ? 'withdrawn' : 'open'),
      // Never 0 again: who took part before is looked up for units that were leased.
      wanted: Math.max(unit.wanted, 1),
      answered: others.length,
      outputDigest: null,
      outputBlob: null,
      hold: noHold,
      done: false,
      recomputed: false,
    });
  }
  await writeOutcome(transaction, outcome);
  await outcome.records.write();
  await inherit(transaction, inherited);
  for (const batch of outcome.batches.keys()) touched.batches.add(batch);
  return left;
}

async function inherit(
  transaction: Transaction,
  inherited: { lease: string; blob: string }[],
): Promise<void> {
  if (inherited.length === 0) return;
  await transaction.query(
    `update results set output_blob = coalesce(results.output_blob, inherited.blob)
     from unnest($1::text[], $2::text[]) as inherited (lease_id, blob)
     where results.lease_id = inherited.lease_id`,
    [inherited.map(({ lease }) => lease), inherited.map(({ blob }) => blob)],
  );
}

/**
 * Units that these accounts alone computed, released but not delivered yet: nobody answers for them
 * now. Credit once earned stays; the coordinator bears it.
 */
export async function recallUnits(
  transaction: Transaction,
  accounts: readonly string[],
  touched: Touched,
): Promise<void> {
  const batches = await transaction.query<{ id: string }>(
    `with suspect as (
       select units.id, batch_id, lines_alone, units.rows_open,
         status <> 'in_progress' or expired_at is not null as ending from units
         join batches on batches.id = batch_id
       where units.state = 2 and kind = 0 and not recomputed
         and status in ('in_progress', 'cancelling')
         and units.id in (select unit_id from results where state = 1 and account_id = any($1))
         and not exists (select from results where unit_id = units.id and state = 1
           and not account_id = any($1))
     ), opened as (
       update units set state = case when ending then 3 else 0 end, wanted = 1, recalled = true,
         output_digest = null, output_blob = null, rows_open = 0, done_at = null
       from suspect where units.id = suspect.id
     ), dropped as (
       update audit_rows set state = 5 from suspect
       where unit_id = suspect.id and state in (0, 1, 2, 3)
     )
     update batches set units_done = units_done - units,
       units_withdrawn = units_withdrawn + withdrawn, rows_open = batches.rows_open - rows,
       requests_completed = requests_completed - lines
     from (select batch_id, count(*)::int as units,
         (count(*) filter (where ending))::int as withdrawn, sum(rows_open)::int as rows,
         sum(lines_alone)::int as lines from suspect group by batch_id) as counted
     where batches.id = batch_id returning batches.id`,
    [accounts],
  );
  for (const { id } of batches) touched.batches.add(id);
}
