-- Units of bounded models: computed by two or three, whose outputs are compared within a tolerance.
alter table units drop constraint units_check2;
alter table units add check ((kind = 1) = (batch_id is null));

-- What a bounded unit's lease is computed with; null of every other.
alter table leases add column adapter_class text;

-- They lie beside the searches of those who compute none.
drop index units_partial;
create index units_partial on units (id)
  where state + 0 = 0 and wanted + 0 > leased + answered and kind + 0 < 2;
create index units_bounded on units (id)
  where state + 0 = 0 and greatest(wanted + 0, 1) > leased + answered and kind + 0 = 2;
-- Units with room for a lease, by project: 0 never leased, 1 half done, 2 audits never leased,
-- 3 bounded.
drop index units_of_project;
create index units_of_project on units
  (project_id, (case when kind + 0 = 2 then 3 when wanted + 0 > 0 then 1
    when kind + 0 = 1 then 2 else 0 end), id)
  where state + 0 = 0 and greatest(wanted + 0, 1) > leased + answered;
-- Bounded units with as many results as are wanted: their outputs are to be compared.
create index units_to_compare on units (id)
  where state + 0 = 0 and kind + 0 = 2 and answered + 0 > 0 and answered + 0 >= wanted;
