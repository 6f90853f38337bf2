-- What a replica is at, so that no other does it too: a batch to read or deliver, a unit or rows to
-- compute. A table of its own: units and their rows are rewritten by every result as it is. A claim
-- whose holder has died ends by itself.
create table claims (
  -- Such as `batch batch_1`, `unit 5`, `audit 5`, `row 7`.
  name text primary key,
  holder text not null,
  expires_at bigint not null
);
