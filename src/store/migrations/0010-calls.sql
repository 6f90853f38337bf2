-- One signature for a call and all its results: a result keeps the head that its session signed,
-- and its place under it. Null in those of wire 1, which were signed one by one.
alter table results
  add column place smallint,
  add column path bytea,
  add column head bytea;

-- Signed when they are asked for: Ed25519 gives one payload one signature, whenever it is made.
alter table receipts drop column signature;
