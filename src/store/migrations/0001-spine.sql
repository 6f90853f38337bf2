-- The spine: who asks (projects, keys, files, batches), what is computed (units, leases, results),
-- who computes (accounts, sessions, records) and what it earned (receipts, transfers, postings).
-- Times are milliseconds of the coordinator's clock.

create table projects (
  id text primary key,
  name text not null,
  words text not null,
  is_default boolean not null default false,
  created_at bigint not null
);
create unique index projects_default on projects (is_default) where is_default;

create table api_keys (
  key_hash bytea primary key check (length(key_hash) = 32),
  project_id text not null references projects,
  created_at bigint not null
);

create table files (
  id text primary key,
  project_id text not null references projects,
  purpose text not null,
  filename text not null,
  bytes bigint not null,
  blob text not null,
  created_at bigint not null,
  deleted_at bigint
);
create index files_of_project on files (project_id, created_at, id) where deleted_at is null;

create table batches (
  id text primary key,
  project_id text not null references projects,
  input_file_id text not null references files,
  endpoint text not null,
  completion_window text not null,
  metadata jsonb,
  model text,
  status text not null check (status in ('validating', 'failed', 'in_progress', 'finalizing',
    'completed', 'expired', 'cancelling', 'cancelled')),
  created_at bigint not null,
  expires_at bigint not null,
  in_progress_at bigint,
  finalizing_at bigint,
  completed_at bigint,
  failed_at bigint,
  expired_at bigint,
  cancelling_at bigint,
  cancelled_at bigint,
  first_lease_at bigint,
  errors jsonb,
  plan_blob text,
  requests_total int not null default 0,
  requests_completed int not null default 0,
  requests_failed int not null default 0,
  units_total int not null default 0,
  units_done int not null default 0,
  output_file_id text references files,
  error_file_id text references files,
  idempotency_key text,
  idempotency_hash bytea,
  check (units_done <= units_total),
  unique (project_id, idempotency_key)
);
create index batches_of_project on batches (project_id, created_at, id);
create index batches_moving on batches (id)
  where status in ('validating', 'in_progress', 'finalizing', 'cancelling');

-- state: 0 open, 1 arbitrating, 2 done, 3 withdrawn. The transitions are in validator/judge.ts.
-- wanted: results asked for; 0 until the first lease. answered: results without a verdict.
create table units (
  id bigint generated always as identity primary key,
  batch_id text not null references batches,
  ordinal int not null,
  digest bytea not null check (length(digest) = 32),
  model bytea not null check (length(model) = 32),
  input_blob text not null,
  row_count int not null check (row_count > 0),
  cost bigint not null check (cost > 0),
  lines_alone int not null,
  state smallint not null default 0,
  wanted smallint not null default 0,
  leased smallint not null default 0 check (leased >= 0),
  answered smallint not null default 0 check (answered >= 0),
  waiting_since bigint,
  output_digest bytea,
  output_blob text,
  confirmations smallint not null default 0,
  done_at bigint,
  unique (batch_id, ordinal),
  check ((state = 2) = (output_digest is not null)),
  check ((output_digest is null) = (output_blob is null))
);
-- "+ 0" hides the columns from the planner's statistics, which are stale in a queue: with them it
-- scanned the whole table, 30 ms a lease.
create index units_fresh on units (id) where state + 0 = 0 and wanted + 0 = 0;
create index units_partial on units (id) where state + 0 = 0 and wanted + 0 > leased + answered;
create index units_undecided on units (id) where answered + 0 > 0 and state + 0 = 0;
create index units_disputed on units (id) where answered + 0 > 0 and state + 0 <> 0;

create table accounts (
  id text primary key,
  accepted bigint not null default 0,
  pending bigint not null default 0 check (pending >= 0),
  rejected bigint not null default 0,
  credit bigint not null default 0,
  strikes int not null default 0,
  suspended_at bigint,
  created_at bigint not null
);

create table sessions (
  id text primary key,
  account_id text not null references accounts,
  session_key bytea not null,
  nonce bytea not null unique,
  wallet_grant bytea not null,
  wallet_signature bytea not null,
  backend text not null,
  adapter text not null,
  self_test bytea not null,
  address text not null,
  counter bigint not null default 0,
  created_at bigint not null,
  expires_at bigint not null,
  last_wanted_at bigint not null
);
create index sessions_live on sessions (last_wanted_at);

-- A run of confirmed results per account, model and backend.
create table records (
  account_id text not null references accounts,
  model bytea not null,
  backend text not null,
  confirmed int not null,
  primary key (account_id, model, backend)
);

-- state: 0 open, 1 answered, 2 returned, 3 expired, 4 withdrawn, 5 refused.
create table leases (
  id text primary key,
  unit_id bigint not null references units,
  session_id text not null references sessions,
  account_id text not null references accounts,
  address text not null,
  deliver text not null check (deliver in ('output', 'digest')),
  state smallint not null default 0,
  granted_at bigint not null,
  expires_at bigint not null,
  reason text
);
create unique index leases_once on leases (unit_id, account_id) where state in (0, 1);
create index leases_of_unit on leases (unit_id);
create index leases_held on leases (session_id) where state + 0 = 0;
create index leases_due on leases (expires_at) where state + 0 = 0;

-- state: 0 pending, 1 accepted, 2 rejected. One result a lease, for ever.
create table results (
  lease_id text primary key references leases,
  unit_id bigint not null references units,
  account_id text not null references accounts,
  session_id text not null references sessions,
  backend text not null,
  digest bytea not null,
  output_blob text,
  payload bytea not null,
  signature bytea not null,
  state smallint not null default 0,
  code text not null,
  message text not null,
  credit bigint not null default 0,
  receipt_id text,
  received_at bigint not null,
  check ((state = 1) = (receipt_id is not null))
);
create index results_of_unit on results (unit_id);
create unique index results_once on results (unit_id, account_id) where state in (0, 1);

create table receipts (
  sequence bigint primary key,
  id text not null unique,
  lease_id text not null unique references results,
  unit_id bigint not null references units,
  project_id text not null references projects,
  payload bytea not null,
  signature bytea not null
);
create index receipts_of_unit on receipts (unit_id);

create table transfers (
  id bigint generated always as identity primary key,
  kind text not null,
  receipt_id text not null unique references receipts (id),
  created_at bigint not null
);

create table postings (
  transfer_id bigint not null references transfers,
  account text not null,
  amount bigint not null check (amount <> 0),
  primary key (transfer_id, account)
);
create index postings_of_account on postings (account);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger receipts_append_only before update or delete on receipts
  for each row execute function refuse_change();
create trigger transfers_append_only before update or delete on transfers
  for each row execute function refuse_change();
create trigger postings_append_only before update or delete on postings
  for each row execute function refuse_change();
