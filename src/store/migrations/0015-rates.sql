-- The rate, moved once an epoch, and what it is moved by. Numbers without bound are numeric.

-- Epochs that were counted, the first but for its rate: it is where the history begins.
create table rates (
  epoch bigint primary key check (epoch >= 0),
  -- From this epoch's end on, in credits for 10^9 multiply-adds.
  rate bigint not null check (rate > 0),
  verified numeric not null check (verified >= 0),
  capacity numeric not null check (capacity >= 0),
  waiting boolean not null,
  level numeric not null check (level > 0),
  carry numeric not null check (carry >= 0),
  usual numeric not null check (usual >= 0),
  closed_at bigint not null
);
create trigger rates_append_only before update or delete on rates
  for each row execute function refuse_change();

-- What was seen of an account in an epoch, kept for a day.
create table presence (
  epoch bigint not null,
  account_id text not null,
  -- All its sessions together: with a lease in hand, and told that there is no work.
  busy_ms bigint not null default 0 check (busy_ms >= 0),
  waiting_ms bigint not null default 0 check (waiting_ms >= 0),
  -- Multiply-adds of its results that became accepted, and of these the ones that a requester paid for.
  verified numeric not null default 0,
  paid numeric not null default 0,
  primary key (epoch, account_id)
);

alter table sessions
  -- Its last call, and until when the answer left it with leases in hand; 0: with none, since there is
  -- no work; null: neither.
  add column heard_at bigint,
  add column leased_until bigint;

-- Multiply-adds of the row, for its batch's share of what the audit costs; null of old ones.
alter table audit_rows add column cost bigint check (cost > 0);

-- Shares of old audits cannot be told any more.
update batches set spent = sums.credit
from (select batch_id, sum(credit)::bigint as credit from receipts
  where payer not like 'coordinator:%' and batch_id is not null group by batch_id) as sums
where sums.batch_id = batches.id;
