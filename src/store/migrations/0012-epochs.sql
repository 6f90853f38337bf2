-- The journal of what an account of ours sends to a chain: each transaction is here, signed, before it is
-- sent. Numbers of 256 bits are numeric.

create table chain_transactions (
  chain_id bigint not null,
  sender text not null,
  nonce bigint not null check (nonce >= 0),
  -- Such as post/3. One that is open or confirmed is not sent again.
  purpose text not null,
  destination text not null,
  data bytea not null,
  gas numeric not null,
  state text not null default 'open'
    check (state in ('open', 'confirmed', 'reverted', 'replaced')),
  -- Of the attempt that is in the chain.
  mined_hash bytea check (length(mined_hash) = 32),
  primary key (chain_id, sender, nonce)
);
create index chain_transactions_of_purpose on chain_transactions (chain_id, sender, purpose);
create index chain_transactions_open on chain_transactions (chain_id, sender, nonce)
  where state = 'open';

-- Signatures under one nonce, each dearer than the one before; any of them may be the one that is mined.
create table chain_attempts (
  chain_id bigint not null,
  sender text not null,
  nonce bigint not null,
  ordinal int not null,
  hash bytea not null check (length(hash) = 32),
  raw bytea not null,
  max_fee_per_gas numeric not null,
  max_priority_fee_per_gas numeric not null,
  signed_at bigint not null,
  primary key (chain_id, sender, nonce, ordinal),
  foreign key (chain_id, sender, nonce) references chain_transactions
);
create trigger chain_attempts_append_only before update or delete on chain_attempts
  for each row execute function refuse_change();
