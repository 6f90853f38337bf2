-- Receipts leave their sequence: a commit's receipts are one group with one transfer, and their
-- place is their leaf in the log, which one sequencer gives (log-append.ts).

-- Whether the batch's inputs and receipts may be read by anyone.
alter table batches add column open boolean not null default false;

alter table receipts disable trigger receipts_append_only;
alter table transfers disable trigger transfers_append_only;

alter table receipts
  add column transfer_id bigint references transfers,
  add column ordinal int not null default 0,
  add column kind text not null default 'credited' check (kind in ('credited', 'voided')),
  add column batch_id text references batches,
  add column account_id text references accounts,
  add column payer text,
  add column credit bigint,
  -- Of the leaf's commitment; null for an open batch, whose leaf is the payload itself.
  add column salt bytea check (length(salt) = 32),
  -- Null in receipts of the first release alone, which have no leaf.
  add column leaf_hash bytea check (length(leaf_hash) = 32);

-- Receipts of the first release keep their transfers, of kind 'credit', and stay outside the log.
update receipts set transfer_id = transfers.id, account_id = results.account_id,
  payer = 'project:' || receipts.project_id || ':spent', credit = results.credit,
  batch_id = units.batch_id
from transfers, results, units
where transfers.receipt_id = receipts.id and results.lease_id = receipts.lease_id
  and units.id = receipts.unit_id;

alter table transfers drop column receipt_id;
alter table receipts drop column sequence;
alter table receipts
  alter column transfer_id set not null,
  alter column ordinal drop default,
  alter column kind drop default,
  alter column account_id set not null,
  alter column payer set not null,
  alter column credit set not null,
  drop constraint receipts_lease_id_key,
  add primary key (transfer_id, ordinal),
  add check ((kind = 'voided') = (credit = 0) and credit >= 0);
create unique index receipts_of_lease on receipts (lease_id, kind);

alter table receipts enable trigger receipts_append_only;
alter table transfers enable trigger transfers_append_only;

-- Groups that wait for the sequencer.
create table log_queue (
  transfer_id bigint primary key references transfers,
  leaf_count int not null check (leaf_count > 0)
);

-- Which leaves are whose: the receipts of a transfer, by ordinal, or one entry of the log's own.
create table log_groups (
  first_leaf bigint primary key check (first_leaf >= 0),
  leaf_count int not null check (leaf_count > 0),
  transfer_id bigint unique references transfers,
  entry bytea,
  check (num_nonnulls(transfer_id, entry) = 1),
  check (entry is null or leaf_count = 1)
);
create trigger log_groups_append_only before update or delete on log_groups
  for each row execute function refuse_change();

-- Hash tiles, each grown in place: a partial tile is the beginning of the full one.
create table log_tiles (
  level smallint not null,
  number bigint not null,
  hashes bytea not null check (length(hashes) between 32 and 8192 and length(hashes) % 32 = 0),
  primary key (level, number)
);

-- One row: the tree as it was appended to, and the last of its heads that was signed. Whoever holds
-- the row's lock is the sequencer.
create table log_head (
  id smallint primary key default 1 check (id = 1),
  size bigint not null default 0,
  root bytea not null check (length(root) = 32),
  origin text not null,
  -- Raw Ed25519 key that signs the head.
  public_key bytea not null check (length(public_key) = 32),
  signed_size bigint not null default 0 check (signed_size <= size),
  checkpoint bytea,
  -- The last head that witnesses cosigned, with their lines.
  cosigned_size bigint not null default 0 check (cosigned_size <= signed_size),
  cosigned bytea
);
