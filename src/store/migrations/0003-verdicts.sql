-- The verdict ladder: audits, holding, levels, access lists, convictions. The states and their moves
-- are in validator/states.ts.

alter table batches
  add column verification text not null default 'sampled'
    check (verification in ('sampled', 'full', 'trusted')),
  add column access_id text,
  add column units_held int not null default 0 check (units_held >= 0),
  add column units_withdrawn int not null default 0 check (units_withdrawn >= 0),
  -- Audited rows of its units that have no verdict yet.
  add column rows_open int not null default 0 check (rows_open >= 0);

-- Accounts that a batch is limited to; equal lists have equal ids.
create table access_members (
  id text not null,
  account_id text not null,
  primary key (id, account_id)
);
create index access_of_account on access_members (account_id);

-- kind: 0 of a batch, 1 audit (rows of several units, batch_id null).
-- level: 0 sampled, 1 full, 2 trusted. state: 0 open, 1 arbitrating, 2 done, 3 withdrawn, 4 held.
alter table units
  add column kind smallint not null default 0,
  add column project_id text references projects,
  add column level smallint not null default 0,
  add column access_id text,
  add column length_class smallint not null default 0,
  add column made_at bigint not null default 0,
  -- Of an audit: the root over the digests that its rows should have.
  add column expected_digest bytea,
  -- Of a held unit: whose output it is, and how far that record must be confirmed.
  add column holder_account text,
  add column holder_backend text,
  add column release_at int,
  add column rows_open smallint not null default 0 check (rows_open >= 0),
  -- Opened again after its first contributor was paid: the coordinator pays the second.
  add column recalled boolean not null default false,
  -- The coordinator computed the whole of it.
  add column recomputed boolean not null default false,
  alter column batch_id drop not null,
  alter column ordinal drop not null,
  add check ((kind = 0) = (batch_id is not null)),
  add check ((kind = 1) = (expected_digest is not null));
update units set project_id = batches.project_id from batches where batches.id = batch_id;
alter table units alter column project_id set not null;
alter table units drop constraint units_check;
alter table units add constraint units_settled
  check ((state in (2, 4)) = (output_digest is not null));

drop index units_fresh;
create index units_fresh on units (id) where state + 0 = 0 and wanted + 0 = 0 and kind + 0 = 0;
create index units_audits on units (id) where state + 0 = 0 and kind + 0 = 1;
create index units_held on units (holder_account, model, holder_backend, release_at)
  where state + 0 = 4 and rows_open + 0 = 0;
create index units_held_of_batch on units (batch_id) where state + 0 = 4;

-- state: 0 waiting, 1 asked, 2 disputed, 3 confirmed, 4 refuted, 5 dropped.
create table audit_rows (
  id bigint generated always as identity primary key,
  unit_id bigint not null,
  place smallint not null,
  state smallint not null default 0,
  for_coordinator boolean not null,
  drawn_at bigint not null,
  -- The audit unit that asks for it, its place there, and the digest that is expected.
  audit_id bigint,
  audit_place smallint,
  digest bytea,
  -- The account that confirmed it, or `coordinator`.
  auditor text
);
create index audit_rows_waiting on audit_rows (id) where state + 0 = 0;
create index audit_rows_own on audit_rows (id) where state + 0 = 0 and for_coordinator;
create index audit_rows_of_unit on audit_rows (unit_id);
create index audit_rows_of_audit on audit_rows (audit_id, audit_place) where audit_id is not null;
create index audit_rows_of_auditor on audit_rows (auditor) where state + 0 = 3;

-- run: results in a row that were confirmed whole. held, confirmed: units that it holds or held, and
-- those of them whose audited rows are confirmed. drawn: rows of them drawn for audit. audits: rows
-- leased to it to audit.
alter table records rename column confirmed to run;
alter table records
  add column held int not null default 0,
  add column confirmed int not null default 0,
  add column drawn int not null default 0,
  add column audits int not null default 0;

-- state: 0 pending, 1 accepted, 2 rejected, 3 held.
alter table results drop constraint results_check;
alter table results add constraint results_credited check (state <> 1 or receipt_id is not null);
-- A lease is once per unit and account already (leases_once); this one kept updates of state from
-- staying on their page.
drop index results_once;

alter table accounts add column convictions int not null default 0;

-- What was proved wrong, with the signed result in `results` and the coordinator's own digest.
create table convictions (
  id bigint generated always as identity primary key,
  account_id text not null references accounts,
  lease_id text not null references results,
  unit_id bigint not null references units,
  -- Null where the whole unit was computed again.
  place smallint,
  digest bytea not null,
  truth bytea not null,
  outcome text not null check (outcome in ('probation', 'banned')),
  created_at bigint not null
);
create index convictions_of_account on convictions (account_id);

-- A foreign key costs 10 to 30 µs a row of the tables that every result writes; check-books.ts finds
-- what would point at nothing.
do $$
declare
  one record;
begin
  for one in select conrelid::regclass as home, conname from pg_constraint
    where contype = 'f' and conrelid in ('units'::regclass, 'leases'::regclass,
      'results'::regclass, 'receipts'::regclass, 'postings'::regclass, 'log_queue'::regclass,
      'log_groups'::regclass)
  loop
    execute format('alter table %s drop constraint %I', one.home, one.conname);
  end loop;
end $$;
