// What time does to audits: those that nobody took become the coordinator's own, and what a
// contributor held when it left is looked at once more instead of waiting for units to come.
import { drawRows } from '#validator/draw-rows.ts';
import { makeDraw } from './draw.ts';
import type { VerdictOptions } from './settlement.ts';
import type { Transaction } from './transaction.ts';
import type { Waits } from './waits.ts';

/** Units of leavers closed in one go. */
const leaversMax = 256;

/** Audit units that wait for an auditor too long: the coordinator computes their rows itself. */
export async function retireAudits(
  transaction: Transaction,
  { now, waits }: { now: number; waits: Waits },
): Promise<void> {
  const retired = await transaction.query<{ id: number }>(
    `update units set state = 3
     where state + 0 = 0 and kind + 0 = 1 and leased = 0 and answered = 0
       and (made_at <= $2 or made_at <= $1 and exists (select from audit_rows as rows
         join units as audited on audited.id = rows.unit_id
         join batches on batches.id = audited.batch_id
         where rows.audit_id = units.id
           and units_done + units_held + units_withdrawn = units_total))
     returning id`,
    [now - waits.partnerWaitMs, now - waits.auditorWaitMs],
  );
  if (retired.length === 0) return;
  // Asked apart: as one statement it went through all audited rows at every tick.
  await transaction.query(
    `update audit_rows set state = 0, for_coordinator = true, audit_id = null, audit_place = null
     where audit_id = any($1::bigint[]) and state in (1, 2)`,
    [retired.map(({ id }) => id)],
  );
}

/** One more row of each unit whose holder has left closes its window. */
export async function closeLeavers(
  transaction: Transaction,
  { now, secret, waits }: VerdictOptions & { waits: Waits },
): Promise<void> {
  const units = await transaction.query<{
    id: number;
    row_count: number;
    batch_id: string;
    places: number[];
  }>(
    `select units.id, row_count, batch_id,
       array(select place from audit_rows where unit_id = units.id and state <> 5) as places
     from units
     where state + 0 = 4 and rows_open + 0 = 0 and release_at > 0
       and holder_account not in (select account_id from sessions where last_wanted_at > $1)
     order by units.id limit $2`,
    [now - waits.leaverMs, leaversMax],
  );
  if (units.length === 0) return;
  const draw = makeDraw(secret);
  const drawn = units.map(({ id, row_count, places }) => {
    const rest = Array.from({ length: row_count }, (_, place) => place).filter(
      (place) => !places.includes(place),
    );
    const [chosen] = drawRows(rest.length, 1, () => draw('leaver', id));
    return chosen === undefined ? null : rest[chosen];
  });
  await transaction.query(
    `with closed as (
       update units set release_at = 0, rows_open = case when place is null then 0 else 1 end
       from unnest($1::bigint[], $2::smallint[]) as leaving (id, place)
       where units.id = leaving.id
       returning units.id, batch_id, holder_account, units.model, holder_backend, place
     ), drawn as (
       insert into audit_rows (unit_id, place, for_coordinator, drawn_at)
       select id, place, false, $3::bigint from closed where place is not null
     ), doubted as (
       update records set confirmed = confirmed - units
       from (select holder_account, model, holder_backend, count(*)::int as units from closed
         where place is not null group by holder_account, model, holder_backend) as doubts
       where records.account_id = holder_account and records.model = doubts.model
         and records.backend = doubts.holder_backend
     )
     update batches set rows_open = rows_open + rows
     from (select batch_id, count(place)::int as rows from closed group by batch_id) as counted
     where batches.id = batch_id`,
    [units.map(({ id }) => id), drawn, now],
  );
}
