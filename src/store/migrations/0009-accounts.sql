-- What a contributor agreed to, what its results would earn, its days, and which device account counts
-- for which wallet.

alter table accounts
  -- What its results would earn that wait for another's (state 0), and those that are held (state 3).
  add column credit_pending bigint not null default 0 check (credit_pending >= 0),
  add column credit_held bigint not null default 0 check (credit_held >= 0),
  -- The wallet that it counts for. Set once, and never of an account that others are bound to.
  add column bound_to text;
update accounts set credit_pending = waiting.pending, credit_held = waiting.held
from (select account_id,
    coalesce(sum((cost + 999999) / 1000000) filter (where results.state = 0), 0) as pending,
    coalesce(sum((cost + 999999) / 1000000) filter (where results.state = 3), 0) as held
  from results join units on units.id = unit_id where results.state in (0, 3) group by account_id)
  as waiting
where id = account_id;
create index accounts_bound on accounts (bound_to) where bound_to is not null;

-- A session that was opened before this agreed to version 1, when it was opened.
alter table sessions
  add column consent_version int not null default 1,
  add column consented_at bigint,
  add column consent_withdrawn_at bigint;
update sessions set consented_at = created_at;
alter table sessions
  alter column consent_version drop default,
  alter column consented_at set not null;

-- A table of its own: every call rewrites its session, and each index of sessions with it.
create table account_sessions (
  account_id text not null,
  session_id text not null,
  primary key (account_id, session_id)
);
insert into account_sessions select account_id, id from sessions;

-- Both signatures, for whoever asks why.
create table bindings (
  device text primary key,
  wallet text not null check (wallet <> device),
  nonce bytea not null unique,
  -- CBOR of the Binding.
  binding bytea not null,
  device_signature bytea not null check (length(device_signature) = 65),
  wallet_signature bytea not null check (length(wallet_signature) = 65),
  created_at bigint not null
);
create trigger bindings_append_only before update or delete on bindings
  for each row execute function refuse_change();

-- Receipts by account and day of UTC (days since 1970), counted some time after they are written.
create table account_days (
  account_id text not null,
  day int not null,
  accepted int not null,
  rejected int not null,
  credit bigint not null,
  primary key (account_id, day)
);
-- One row: transfers up to this one are counted.
create table days_counted (
  id smallint primary key default 1 check (id = 1),
  transfer_id bigint not null
);
insert into days_counted (transfer_id) values (0);

-- Accounts whose leases still say from which network address they were taken: blanked once the unit's
-- batch is over, since until then the address keeps its owner from checking it.
create table erasures (
  account_id text primary key,
  look_at bigint not null,
  -- Units below this one are behind it, but for those that were not decided, from left_unit on.
  next_unit bigint not null default 0,
  left_unit bigint
);
