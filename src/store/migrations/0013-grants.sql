-- Wallets that are contracts: what their chain said of a signature, and when. Null of an ordinary account,
-- whose signature says it by itself.
alter table sessions
  add column wallet_kind text check (wallet_kind in ('erc1271', 'erc6492')),
  add column wallet_block bigint,
  add check ((wallet_kind is null) = (wallet_block is null));

alter table bindings
  drop constraint bindings_wallet_signature_check,
  add column wallet_kind text check (wallet_kind in ('erc1271', 'erc6492')),
  add column wallet_block bigint,
  add check ((wallet_kind is null) = (wallet_block is null));

-- Sessions that a wallet ended by its own word.
create table revocations (
  nonce bytea primary key,
  account_id text not null references accounts,
  -- The key whose sessions ended; null for all that were granted before.
  session_key bytea,
  -- CBOR of the Revocation.
  revocation bytea not null,
  wallet_signature bytea not null,
  wallet_kind text check (wallet_kind in ('erc1271', 'erc6492')),
  wallet_block bigint,
  sessions_ended int not null,
  created_at bigint not null,
  check ((wallet_kind is null) = (wallet_block is null))
);
create index revocations_of_account on revocations (account_id);
create trigger revocations_append_only before update or delete on revocations
  for each row execute function refuse_change();
