// Units of batches that name what they pay, a cap or a tip, and that nobody has leased yet. Those that the
// rate has left behind may be a million: so the units are found by the few different terms among them,
// and what is too dear is never looked at.
import type { CandidateRow } from './load-candidates.ts';
import type { Transaction } from './transaction.ts';

/** Different terms looked at in one search, those that bear the highest rate first. */
const termsMax = 256;

/** As migration 0016 indexes them; who names no cap bears any rate. */
const ceiling = '(coalesce(rate_cap, 9007199254740991) - tip)';
const waits = `state + 0 = 0 and wanted + 0 = 0 and (tip + 0 > 0 or rate_cap is not null)
  and kind + 0 <> 1`;

/** Never leased and of no terms of its own: found by the other searches. */
export const unpriced = 'tip + 0 = 0 and rate_cap is null';

export interface PricedSearch {
  kind: number;
  /** Null searches all that are open. */
  projects: string[] | null;
  /** Of accounts, that those who ask are on. */
  lists: string[];
  /** Credits for 10^9 multiply-adds, now. */
  rate: number;
  most: number;
  /** What is read of a unit, `units` and `projects` being joined. */
  columns: string;
}

interface Terms {
  project: string;
  ceiling: string;
  tip: string;
}

/** The dearest that are for lease at the rate, and the oldest of each terms. */
export async function loadPriced(
  transaction: Transaction,
  search: PricedSearch,
): Promise<CandidateRow[]> {
  const terms = await findTerms(transaction, search);
  if (terms.length === 0) return [];
  const dearest = [...terms].sort((a, b) => Number(b.tip) - Number(a.tip));
  const found = await Promise.all([
    findUnits(transaction, { ...search, terms: dearest, each: search.most }),
    findUnits(transaction, { ...search, terms, each: 1, most: terms.length }),
  ]);
  return [...new Map(found.flat().map((row) => [row.id, row])).values()];
}

const belongs = (projects: string[] | null, scope: string) =>
  projects === null ? 'not by_choice' : `project_id = ${scope}.project`;

/** One step of the index from each terms to the next; one in all where no unit is priced. */
function findTerms(
  transaction: Transaction,
  { kind, projects, rate }: PricedSearch,
): Promise<Terms[]> {
  const step = (scope: string, further: string) => `cross join lateral (
      select ${ceiling} as ceiling, tip from units
      where ${waits} and ${belongs(projects, scope)} and kind = $1::smallint
        and ${ceiling} >= $3::bigint ${further}
      order by ${ceiling} desc, tip desc limit 1) as next`;
  return transaction.query<Terms>(
    `with recursive terms as (
       select project, next.ceiling, next.tip from unnest($2::text[]) as scope (project)
         ${step('scope', '')}
       union all
       select project, next.ceiling, next.tip from terms
         ${step('terms', `and (${ceiling}, tip) < (terms.ceiling, terms.tip)`)}
     )
     select project, ceiling::text as ceiling, tip::text as tip from terms limit ${termsMax}`,
    [kind, projects ?? [''], rate],
  );
}

interface UnitSearch extends PricedSearch {
  terms: readonly Terms[];
  /** Units of each terms; the oldest. */
  each: number;
}

/** Terms after terms, as long as more are wanted. */
function findUnits(
  transaction: Transaction,
  { kind, projects, lists, columns, most, terms, each }: UnitSearch,
): Promise<CandidateRow[]> {
  return transaction.query<CandidateRow>(
    `select ${columns}
     from (select own.* from unnest($2::text[], $3::bigint[], $4::bigint[])
           as terms (project, ceiling, tip)
         cross join lateral (select * from units
           where ${waits} and ${belongs(projects, 'terms')} and kind = $1::smallint
             and ${ceiling} = terms.ceiling and units.tip = terms.tip
             and (access_id is null or access_id = any($5::text[]))
           order by units.id limit $6) as own
         limit $7) as units
       join projects on projects.id = project_id`,
    [
      kind,
      terms.map(({ project }) => project),
      terms.map((one) => one.ceiling),
      terms.map(({ tip }) => tip),
      lists,
      each,
      most,
    ],
  );
}
