-- Money: at what rate a unit is paid, who pays for a batch, and what was set aside for it before it ran.

alter table accounts
  -- As it said at its last sign-in; null before there was the question. A device's credit has no leaf of
  -- its own in an epoch: it counts for the wallet that it is bound to.
  add column kind text check (kind in ('wallet', 'device'));

alter table batches
  -- The ledger account that its work is paid from (ledger/payers.ts); null: its project's, without bound.
  add column payer text,
  -- The highest rate that it pays, tip included, in credits for 10^9 multiply-adds; null: any.
  add column rate_cap bigint check (rate_cap > 0),
  -- Paid above the rate, for being leased before others.
  add column tip bigint not null default 0 check (tip >= 0),
  -- Credits that are set aside; null where its payer has no bound. What goes beyond is the coordinator's.
  add column reserved bigint check (reserved >= 0),
  -- Credits that its payer paid for its units and its share of the audits.
  add column spent bigint not null default 0 check (spent >= 0);
alter table batches add check (reserved is null or spent <= reserved);

alter table units
  -- Credits for 10^9 multiply-adds, the tip included: locked by its first lease.
  add column rate bigint check (rate > 0),
  -- As its batch has them: no lease is granted while the rate and the tip are above the cap.
  add column rate_cap bigint,
  add column tip bigint not null default 0,
  -- Of an audit unit alone, whose rows may come from several batches that one account pays for; null: its
  -- project's.
  add column payer text;
-- Before there were rates every unit was paid at this one.
update units set rate = 1000 where wanted > 0;
