-- What pays for batches: spending orders that requesters signed, what their escrow on the chain holds,
-- and the search of units that name what they pay.

create table orders (
  -- The EIP-712 struct hash (settlement/spending-order.ts).
  hash text primary key check (hash ~ '^0x[0-9a-f]{64}$'),
  project_id text not null references projects,
  requester text not null check (requester ~ '^0x[0-9a-f]{40}$'),
  -- In base units of the token.
  cap numeric not null check (cap > 0),
  -- Seconds since 1970, as it was signed.
  expires_at bigint not null,
  nonce text not null check (nonce ~ '^0x[0-9a-f]{64}$'),
  signature bytea not null,
  -- Its deposit on the chain, or its own backed credit as a contributor.
  source text not null check (source in ('escrow', 'credit')),
  -- signed: the chain has not heard of it, and nothing is spent under it yet.
  state text not null check (state in ('signed', 'registered', 'refused', 'cancelled')),
  -- Token units that the chain has taken for it.
  collected numeric not null default 0 check (collected >= 0),
  -- Why it was refused.
  reason text,
  created_at bigint not null
);
create index orders_of_project on orders (project_id, created_at, hash);
create index orders_of_requester on orders (requester);
create index orders_to_register on orders (created_at, hash) where state = 'signed';

-- Of requesters, as the chain last said; together with what it has collected of their orders.
create table escrows (
  requester text primary key,
  -- Token units that new work may count on.
  available numeric not null check (available >= 0),
  block bigint not null,
  read_at bigint not null
);

alter table batches
  -- The order that its payer pays under; null: its project's word.
  add column order_hash text references orders,
  -- Credits that went back at its end; null before.
  add column refunded bigint check (refunded >= 0),
  -- Until then a lease of it, open or withdrawn, may bring its result: that is paid as well.
  add column refund_at bigint,
  add check ((order_hash is null) = (payer is null)),
  add check (order_hash is null or rate_cap is not null);
create index batches_of_order on batches (order_hash) where order_hash is not null;
create index batches_to_refund on batches (refund_at) where refund_at is not null;
create index batches_of_payer on batches (payer) where payer is not null;

-- Backed credit of an account, which it may spend on batches of its own.
create index receipts_backed on receipts (account_id) include (credit)
  where credit > 0 and (payer like 'order:%' or payer like 'contributor:%');

-- Priced is a unit with a tip or a cap. Never leased yet, it lies in no index of the others, which are
-- searched as if there were none: only in one by the highest rate at which it is for lease. So those that
-- are too dear now are beyond the end of the search, however many.
drop index units_fresh;
create index units_fresh on units (id)
  where state + 0 = 0 and wanted + 0 = 0 and kind + 0 = 0 and not by_choice
    and tip + 0 = 0 and rate_cap is null;
drop index units_bounded;
create index units_bounded on units (id)
  where state + 0 = 0 and greatest(wanted + 0, 1) > leased + answered and kind + 0 = 2
    and (wanted + 0 > 0 or tip + 0 = 0 and rate_cap is null);
drop index units_of_project;
create index units_of_project on units
  (project_id, (case when kind + 0 = 2 then 3 when wanted + 0 > 0 then 1
    when kind + 0 = 1 then 2 else 0 end), id)
  where state + 0 = 0 and greatest(wanted + 0, 1) > leased + answered
    and (wanted + 0 > 0 or kind + 0 = 1 or tip + 0 = 0 and rate_cap is null);
create index units_priced on units
  (kind, (coalesce(rate_cap, 9007199254740991) - tip), tip, id)
  where state + 0 = 0 and wanted + 0 = 0 and (tip + 0 > 0 or rate_cap is not null)
    and kind + 0 <> 1 and not by_choice;
create index units_priced_of_project on units
  (project_id, kind, (coalesce(rate_cap, 9007199254740991) - tip), tip, id)
  where state + 0 = 0 and wanted + 0 = 0 and (tip + 0 > 0 or rate_cap is not null)
    and kind + 0 <> 1;
