-- Retention: payloads are deleted, their rows stay. A column that named a payload then says
-- 'deleted', which names none, so that nothing of it is left to guess by.

alter table files
  -- Null where it is kept until its batch's payloads are deleted.
  add column expires_at bigint;

alter table batches
  -- When its last status was reached.
  add column ended_at bigint,
  -- The requester's own wish; the operator's maximum is a setting.
  add column output_expires_ms bigint check (output_expires_ms > 0),
  -- By that wish, of a private batch that has ended.
  add column kept_until bigint,
  -- Outputs of its units, which its output file holds since its end.
  add column outputs_deleted_at bigint,
  -- Everything: units' inputs and outputs, plan, output and error files.
  add column payloads_deleted_at bigint;
update batches set ended_at = case status when 'completed' then completed_at
  when 'failed' then failed_at when 'cancelled' then cancelled_at when 'expired' then expired_at end;

create index batches_kept on batches (id) where payloads_deleted_at is null;
create index batches_of_file on batches (input_file_id) where payloads_deleted_at is null;
create index batches_wished on batches (kept_until) where payloads_deleted_at is null;
create index batches_ended on batches (open, ended_at) where payloads_deleted_at is null;
create index batches_outputs on batches (ended_at) where outputs_deleted_at is null;
create index files_kept on files (id) where blob <> 'deleted';
create index files_expiring on files (expires_at) where blob <> 'deleted';
create index files_unbounded on files (created_at) where blob <> 'deleted' and expires_at is null;
create index files_given_up on files (id) where blob <> 'deleted' and deleted_at is not null;
-- Of audits alone: units of batches are found by their batch.
create index units_audits_kept on units (id) where kind + 0 = 1 and input_blob <> 'deleted';

-- One row: which folder of payloads is this database's, and when orphans are looked for again.
create table payload_folder (
  id smallint primary key default 1 check (id = 1),
  folder text not null,
  sweep_at bigint not null
);
insert into payload_folder (folder, sweep_at) values (gen_random_uuid()::text, 0);
