-- What the operator sees and does: named API keys that can be revoked, acts with their reasons, a
-- row that a health check writes.

alter table api_keys
  add column id text,
  add column name text not null default '',
  -- Of the key itself; null for keys of earlier releases, of which nobody knows it.
  add column last_four text check (length(last_four) = 4),
  add column revoked_at bigint;
-- Too little of the hash to find the key by, enough to name it.
update api_keys set id = 'key_' || substr(encode(key_hash, 'hex'), 1, 24);
alter table api_keys alter column id set not null, add unique (id);
create index api_keys_of_project on api_keys (project_id, created_at, id);

-- What was done through the admin API, for good.
create table operator_acts (
  id bigint generated always as identity primary key,
  act text not null,
  subject text not null,
  reason text not null,
  created_at bigint not null
);
create trigger operator_acts_append_only before update or delete on operator_acts
  for each row execute function refuse_change();

-- One row, written by readiness checks: a database that only reads is not ready.
create table pulse (
  id smallint primary key default 1 check (id = 1),
  at bigint not null
);

create index accounts_banned on accounts (id) where suspended_at is not null;
create index batches_newest on batches (created_at, id);
