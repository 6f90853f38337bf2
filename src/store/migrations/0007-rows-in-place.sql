-- What every result moves stays on its page: room beside each row for its next versions, and no index
-- over what changes unless a search needs it. A version elsewhere costs an entry in every index and
-- its whole length in the write-ahead log.

alter table units set (fillfactor = 60);
alter table leases set (fillfactor = 70);
alter table results set (fillfactor = 55);
alter table audit_rows set (fillfactor = 50);
alter table records set (fillfactor = 50);
alter table sessions set (fillfactor = 50);

-- Without rows_open, which changes at each confirmed row; the search looks at it.
drop index units_held;
create index units_held on units (holder_account, model, holder_backend, release_at)
  where state + 0 = 4;
-- A batch's tail is looked for among its units, once.
drop index units_held_of_batch;

-- Of leases that stand there is leases_once.
drop index leases_of_unit;
create index leases_over_of_unit on leases (unit_id) where state > 1;

-- Through their leases.
drop index receipts_of_unit;

-- Rows are found by unit, which is what changes least.
alter table audit_rows drop constraint audit_rows_pkey;
drop index audit_rows_of_unit;
create unique index audit_rows_of_unit on audit_rows (unit_id, id);
