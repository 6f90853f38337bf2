-- What a project says of itself, what its batches may use, where it may be embedded; and which of its
-- units wait for whom.

alter table projects
  -- public: texts that were published; personal: that people wrote for few eyes; sensitive: that may
  -- disturb.
  add column content_class text not null default 'personal'
    check (content_class in ('public', 'personal', 'sensitive')),
  -- Ids of the models that its batches may use, in hex; none: any.
  add column models text[] not null default '{}',
  -- Of batches that do not say.
  add column verification text not null default 'sampled'
    check (verification in ('sampled', 'full', 'trusted')),
  -- Listed for everybody, and its units are for whoever leaves the choice to the coordinator.
  add column open boolean not null default true,
  -- That may frame it beside the coordinator's own.
  add column origins text[] not null default '{}';

-- What its contributor chose when it last asked for units; null leaves the choice to the coordinator.
alter table sessions add column project_id text;

-- Of a closed project, and not limited to an access list: leased to who chose the project alone.
alter table units add column by_choice boolean not null default false;

-- A closed project's backlog lies beside the search of those who choose none, not in its way.
drop index units_fresh;
create index units_fresh on units (id)
  where state + 0 = 0 and wanted + 0 = 0 and kind + 0 = 0 and not by_choice;
-- Units with room for a lease, by project: 0 never leased, 1 half done, 2 audits never leased.
create index units_of_project on units
  (project_id, (case when wanted + 0 > 0 then 1 when kind + 0 = 1 then 2 else 0 end), id)
  where state + 0 = 0 and greatest(wanted + 0, 1) > leased + answered;
