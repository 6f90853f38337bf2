-- Epochs of settlement: what of the ledger was told to a chain, and what the chain paid. Addresses and
-- hashes are 0x strings in lower case; credits are bigint, amounts of the token numeric.

-- At most one that is neither final nor struck: the latest (settlement/epoch-states.ts has the states).
create table epochs (
  number int primary key check (number > 0),
  state text not null default 'closing' check (state in
    ('closing', 'built', 'posting', 'posted', 'disputed', 'final', 'struck')),
  -- The same for every epoch of a ledger.
  chain_id bigint not null,
  contract text not null,
  credits_per_token_unit bigint not null check (credits_per_token_unit > 0),
  -- A signed checkpoint, below which its receipts lie.
  log_size bigint not null,
  log_root bytea not null check (length(log_root) = 32),
  -- What its files come to, and the sha256 of its manifest: null until it was built.
  credits_root bytea check (length(credits_root) = 32),
  credits_total numeric,
  debits_root bytea check (length(debits_root) = 32),
  debits_total numeric,
  digest text,
  closed_at bigint not null,
  final_at bigint,
  -- When its debits were collected and, where that is asked for, its credits claimed.
  settled_at bigint,
  check ((digest is null) = (num_nulls(credits_root, credits_total, debits_root, debits_total) > 0))
);

-- One row: leaves below this one are in the sums, which began at `since`.
create table epoch_counted (
  id smallint primary key default 1 check (id = 1),
  leaf bigint not null default 0,
  since bigint not null
);

-- Backed credit by the account that earned it, devices too, and what it spent of its own.
create table epoch_sums (
  account_id text primary key,
  earned bigint not null default 0 check (earned >= 0),
  spent bigint not null default 0 check (spent >= 0)
);

-- By spending order: as counted, and as the last closed epoch froze it.
create table epoch_debits (
  order_hash text primary key,
  counted bigint not null check (counted >= 0),
  debit bigint not null default 0 check (debit <= counted)
);

-- The leaves of the last closed epoch. One that is withheld stays as it was: its account is spending.
create table epoch_credits (
  account_id text primary key,
  credit bigint not null check (credit >= 0),
  withheld boolean not null default false,
  epoch int not null,
  -- As the last final epoch has it.
  final_credit bigint not null default 0
);

-- What the contract paid, as its events below `block` say.
create table chain_payments (
  block bigint not null,
  log_index int not null,
  account_id text not null,
  amount numeric not null check (amount > 0),
  hash bytea not null check (length(hash) = 32),
  primary key (block, log_index)
);
create index chain_payments_of_account on chain_payments (account_id, block);
-- One row: how far the chain was read, and what the contract pays in, so that it is known without a node.
create table chain_seen (
  id smallint primary key default 1 check (id = 1),
  block bigint not null,
  -- Where it began.
  since bigint not null,
  token_address text not null,
  token_symbol text not null,
  token_decimals int not null
);
