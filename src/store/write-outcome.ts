// An outcome as rows: results, accounts, units, audited rows, the batches' counts, receipts.
import { type ResultState, resultStates } from '#validator/states.ts';
import { completeDrafts } from './complete-drafts.ts';
import type { Outcome } from './outcome.ts';
import { send } from './send.ts';
import type { Arrival, ResultChange } from './settlement.ts';
import { count } from './tally.ts';
import type { Transaction, WrittenResult } from './transaction.ts';
import { makeReceipts, writeReceipts } from './write-receipts.ts';

export async function writeOutcome(transaction: Transaction, outcome: Outcome): Promise<void> {
  const { arrivals, now } = outcome;
  // First what needs no receipt: these are made while PostgreSQL writes it.
  await writeUnits(transaction, outcome);
  await writeReleased(transaction, outcome);
  await dropRows(transaction, outcome.dropped);
  await writeDrawn(transaction, outcome);
  await writeBatches(transaction, outcome);
  const receipts = makeReceipts(await completeDrafts(transaction, outcome.receipts));
  const idOf = new Map(receipts.map(({ entry, id }) => [entry.result.lease_id, id]));
  const { results } = outcome;
  for (const change of results) {
    change.receipt = change.to === 'accepted' ? (idOf.get(change.lease) ?? null) : null;
  }
  count(transaction, 'result arrived', arrivals.length);
  for (const { from, to } of outcome.results) {
    if (resultStates[from] !== to) count(transaction, `result ${to}`, 1);
  }
  const fresh = new Set(arrivals.map(({ lease_id }) => lease_id));
  await insertResults(transaction, outcome, results);
  await updateResults(
    transaction,
    results.filter(({ lease }) => !fresh.has(lease)),
  );
  await writeAccounts(transaction, results, arrivals);
  await writeReceipts(transaction, receipts, now);
}

const awaiting = {
  to: 'pending',
  code: 'verdict/awaiting-partner',
  message: 'Waiting for a second result of this unit.',
  credit: 0,
  receipt: null,
} as const;

/** New results, once, as the judge leaves them. */
async function insertResults(
  transaction: Transaction,
  { arrivals, now }: Outcome,
  changes: readonly ResultChange[],
): Promise<void> {
  if (arrivals.length === 0) return;
  const byLease = new Map(changes.map((change) => [change.lease, change]));
  const ruled = arrivals.map(
    ({ lease_id, account_id: account }): WrittenResult =>
      byLease.get(lease_id) ?? { account, ...awaiting },
  );
  for (let i = 0; i < ruled.length; i++) transaction.written?.set(arrivals[i].lease_id, ruled[i]);
  await send(
    transaction,
    `insert into results (lease_id, unit_id, account_id, session_id, backend, digest, output_blob,
       payload, signature, place, path, head, state, code, message, credit, receipt_id, received_at)
     select *, $18::bigint
     from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[],
       $7::text[], $8::bytea[], $9::bytea[], $10::smallint[], $11::bytea[], $12::bytea[],
       $13::smallint[], $14::text[], $15::text[], $16::bigint[], $17::text[])`,
    [
      arrivals.map(({ lease_id }) => lease_id),
      arrivals.map(({ unit_id }) => unit_id),
      arrivals.map(({ account_id }) => account_id),
      arrivals.map(({ session_id }) => session_id),
      arrivals.map(({ backend }) => backend),
      arrivals.map(({ digest }) => digest),
      arrivals.map(({ output_blob }) => output_blob),
      arrivals.map(({ evidence }) => evidence.payload),
      arrivals.map(({ evidence }) => evidence.signature),
      arrivals.map(({ evidence }) => evidence.place),
      arrivals.map(({ evidence }) => evidence.path),
      arrivals.map(({ evidence }) => evidence.head),
      ruled.map(({ to }) => resultStates.indexOf(to)),
      ruled.map(({ code }) => code),
      ruled.map(({ message }) => message),
      ruled.map(({ credit }) => credit),
      ruled.map(({ receipt }) => receipt),
      now,
    ],
  );
}

async function updateResults(transaction: Transaction, changes: ResultChange[]): Promise<void> {
  if (changes.length === 0) return;
  for (const change of changes) transaction.written?.set(change.lease, change);
  await send(
    transaction,
    `update results set state = ruled.state, code = ruled.code, message = ruled.message,
       credit = ruled.credit, receipt_id = ruled.receipt_id
     from unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::bigint[], $6::text[])
       as ruled (lease_id, state, code, message, credit, receipt_id)
     where results.lease_id = ruled.lease_id`,
    [
      changes.map(({ lease }) => lease),
      changes.map(({ to }) => resultStates.indexOf(to)),
      changes.map(({ code }) => code),
      changes.map(({ message }) => message),
      changes.map(({ credit }) => credit),
      changes.map(({ receipt }) => receipt),
    ],
  );
}

interface Totals {
  arrived: number;
  accepted: number;
  rejected: number;
  credit: number;
  pendingCredit: number;
  heldCredit: number;
}

const noTotals: Totals = {
  arrived: 0,
  accepted: 0,
  rejected: 0,
  credit: 0,
  pendingCredit: 0,
  heldCredit: 0,
};

/** Totals that the contributor sees; what is held still counts as pending. */
async function writeAccounts(
  transaction: Transaction,
  changes: readonly ResultChange[],
  arrivals: readonly Arrival[],
): Promise<void> {
  const totals = new Map<string, Totals>();
  const add = (account: string, more: Partial<Totals>) => {
    const total = totals.get(account) ?? { ...noTotals };
    for (const name of Object.keys(more) as (keyof Totals)[]) total[name] += more[name] ?? 0;
    totals.set(account, total);
  };
  for (const { account_id, worth } of arrivals) {
    add(account_id, { arrived: 1, pendingCredit: worth });
  }
  for (const { account, from, to, credit, worth } of changes) {
    add(account, atStake(resultStates[from], -worth));
    add(account, atStake(to, worth));
    if (to === 'accepted' || to === 'rejected') add(account, { [to]: 1, credit });
  }
  if (totals.size === 0) return;
  const rows = [...totals].sort(([a], [b]) => (a < b ? -1 : 1));
  await send(
    transaction,
    `update accounts set accepted = accounts.accepted + ruled.accepted,
       rejected = accounts.rejected + ruled.rejected,
       pending = accounts.pending + ruled.arrived - ruled.accepted - ruled.rejected,
       credit = accounts.credit + ruled.credit,
       credit_pending = accounts.credit_pending + ruled.credit_pending,
       credit_held = accounts.credit_held + ruled.credit_held
     from unnest($1::text[], $2::int[], $3::int[], $4::bigint[], $5::int[], $6::bigint[],
         $7::bigint[])
       as ruled (id, accepted, rejected, credit, arrived, credit_pending, credit_held)
     where accounts.id = ruled.id`,
    [
      rows.map(([id]) => id),
      rows.map(([, { accepted }]) => accepted),
      rows.map(([, { rejected }]) => rejected),
      rows.map(([, { credit }]) => credit),
      rows.map(([, { arrived }]) => arrived),
      rows.map(([, { pendingCredit }]) => pendingCredit),
      rows.map(([, { heldCredit }]) => heldCredit),
    ],
  );
}

/** What a result in this state keeps open. */
function atStake(state: ResultState, worth: number): Partial<Totals> {
  if (state === 'pending') return { pendingCredit: worth };
  return state === 'held' ? { heldCredit: worth } : {};
}

async function writeUnits(
  transaction: Transaction,
  { units: changes, arrivals, now }: Outcome,
): Promise<void> {
  if (changes.length === 0) return;
  const ended = new Map<number, number>();
  for (const { unit_id, leased } of arrivals) {
    ended.set(unit_id, (ended.get(unit_id) ?? 0) + (leased ? 1 : 0));
  }
  await send(
    transaction,
    `update units set state = judged.state, wanted = judged.wanted, answered = judged.answered,
       leased = units.leased - judged.ended,
       waiting_since = case when judged.answered > 0 then coalesce(waiting_since, $14::bigint) end,
       output_digest = judged.output_digest, output_blob = judged.output_blob,
       holder_account = case when keeps then units.holder_account else judged.holder_account end,
       holder_backend = case when keeps then units.holder_backend else judged.holder_backend end,
       release_at = case when keeps then units.release_at else judged.release_at end,
       rows_open = case when keeps then units.rows_open else judged.rows_open end,
       done_at = case when done then $14::bigint else done_at end,
       recomputed = units.recomputed or judged.recomputed
     from unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::bytea[],
       $6::text[], $7::bool[], $8::text[], $9::text[], $10::int[], $11::smallint[], $12::bool[],
       $13::bool[], $15::smallint[])
       as judged (id, state, wanted, answered, output_digest, output_blob, keeps, holder_account,
         holder_backend, release_at, rows_open, done, recomputed, ended)
     where units.id = judged.id`,
    [
      changes.map(({ id }) => id),
      changes.map(({ state }) => state),
      changes.map(({ wanted }) => wanted),
      changes.map(({ answered }) => answered),
      changes.map(({ outputDigest }) => outputDigest),
      changes.map(({ outputBlob }) => outputBlob),
      changes.map(({ hold }) => hold === null),
      changes.map(({ hold }) => hold?.account ?? null),
      changes.map(({ hold }) => hold?.backend ?? null),
      changes.map(({ hold }) => hold?.releaseAt ?? null),
      changes.map(({ hold }) => hold?.rowsOpen ?? 0),
      changes.map(({ done }) => done),
      changes.map(({ recomputed }) => recomputed),
      now,
      changes.map(({ id }) => ended.get(id) ?? 0),
    ],
  );
}

/** Held units that are done: little of them changes. */
async function writeReleased(transaction: Transaction, { released, now }: Outcome): Promise<void> {
  if (released.length === 0) return;
  await send(
    transaction,
    `update units set state = 2, answered = 0, waiting_since = null, holder_account = null,
       holder_backend = null, release_at = null, rows_open = 0, done_at = $2::bigint
     where id = any($1::bigint[])`,
    [released, now],
  );
}

async function dropRows(transaction: Transaction, units: readonly number[]): Promise<void> {
  if (units.length === 0) return;
  await send(
    transaction,
    'update audit_rows set state = 5 where unit_id = any($1::bigint[]) and state in (0, 1, 2, 3)',
    [units],
  );
}

async function writeDrawn(transaction: Transaction, { drawn, now }: Outcome): Promise<void> {
  if (drawn.length === 0) return;
  await send(
    transaction,
    `insert into audit_rows (unit_id, place, for_coordinator, drawn_at)
     select unit_id, place, for_coordinator, $4::bigint
     from unnest($1::bigint[], $2::smallint[], $3::bool[])
       as drawn (unit_id, place, for_coordinator)`,
    [
      drawn.map(({ unit }) => unit),
      drawn.map(({ place }) => place),
      drawn.map(({ forCoordinator }) => forCoordinator),
      now,
    ],
  );
}

/** A batch whose last unit is done can be delivered. */
async function writeBatches(transaction: Transaction, { batches, now }: Outcome): Promise<void> {
  if (batches.size === 0) return;
  const rows = [...batches].sort(([a], [b]) => (a < b ? -1 : 1));
  await send(
    transaction,
    `update batches set units_done = batches.units_done + counted.done,
       requests_completed = requests_completed + counted.lines,
       units_held = batches.units_held + counted.held,
         units_withdrawn = batches.units_withdrawn + counted.withdrawn,
         rows_open = batches.rows_open + counted.rows_open, spent = batches.spent + counted.spent
     from unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::bigint[])
       as counted (id, done, lines, held, rows_open, withdrawn, spent)
     where batches.id = counted.id`,
    [
      rows.map(([id]) => id),
      rows.map(([, { done }]) => done),
      rows.map(([, { lines }]) => lines),
      rows.map(([, { held }]) => held),
      rows.map(([, { rowsOpen }]) => rowsOpen),
      rows.map(([, { withdrawn }]) => withdrawn),
      rows.map(([, { spent }]) => spent),
    ],
  );
  await send(
    transaction,
    `update batches set status = 'finalizing', finalizing_at = coalesce(finalizing_at, $2::bigint)
     where id = any($1::text[]) and status = 'in_progress' and rows_open = 0
       and units_done + units_withdrawn = units_total`,
    [rows.map(([id]) => id), now],
  );
}
