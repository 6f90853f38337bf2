// Units that name what they pay: who is leased first, who is not leased at all, and that those that the
// rate has left behind cost the search nothing, however many.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { oldestEvery } from '#ledger/order-units.ts';
import type { Candidate } from '#store/choose-leases.ts';
import { type CandidateSearch, loadCandidates } from '#store/load-candidates.ts';
import type { Transaction } from '#store/transaction.ts';
import { openPaymentLab, type PaymentLab, project } from './payment-lab.ts';

const rate = 1_000;

let lab: PaymentLab;
beforeAll(async () => {
  lab = await openPaymentLab();
  await lab.addProject();
});
afterAll(() => lab.close());

let batches = 0;

interface NewUnits {
  count: number;
  rateCap?: number | null;
  tip?: number;
  kind?: 0 | 2;
  /** Others that were leased before: their rate is locked. */
  leased?: boolean;
}

async function addUnits({ count, rateCap = null, tip = 0, kind = 0, leased = false }: NewUnits) {
  const id = `batch ${batches++}`;
  await lab.createBatch({ id });
  await lab.query(
    `insert into units (batch_id, ordinal, digest, model, input_blob, row_count, cost, lines_alone,
       length_class, kind, project_id, level, made_at, rate_cap, tip, wanted, answered, rate)
     select $1, ordinal, $2, $2, 'input', 1, 1000000, 1, 0, $3, $4, 0, 0, $5, $6, $7, $8, $9
     from generate_series(0, $10::int - 1) as ordinal`,
    [
      ...[id, new Uint8Array(32), kind, project, rateCap, tip],
      ...[leased ? 2 : 0, leased ? 1 : 0, leased ? rate : null, count],
    ],
  );
}

type Search = Partial<Omit<CandidateSearch, 'wanted'>> & { wanted?: number; chosen?: boolean };

const load = (
  transaction: Transaction,
  { wanted = 16, chosen = false, ...change }: Search = {},
): Promise<Candidate[]> =>
  loadCandidates(transaction, {
    wanted: new Map([[chosen ? project : null, wanted]]),
    lists: new Map(),
    bounded: false,
    classBefore: 0,
    rate,
    ...change,
  });

const find = (search?: Search) =>
  lab.engine.transaction('write', (query) => load({ query }, search));

const tipsOf = (candidates: Candidate[]) => candidates.map(({ tip }) => tip);

describe.each([false, true])('where a project was chosen: %s', (chosen) => {
  beforeEach(() => lab.query('delete from units'));

  test('a unit is for lease while the rate and its tip are within its cap', async () => {
    await addUnits({ count: 2, rateCap: rate + 5, tip: 5 });
    await addUnits({ count: 2, rateCap: rate + 4, tip: 5 });
    await addUnits({ count: 2, rateCap: rate - 1 });
    await addUnits({ count: 2 });
    expect((await find({ chosen })).map(({ tip }) => tip).sort()).toEqual([0, 0, 5, 5]);
    expect(tipsOf(await find({ chosen, rate: rate + 1 }))).toEqual([0, 0]);
    expect(await find({ chosen, rate: rate - 1 })).toHaveLength(8);
  });

  test('one that was leased before keeps its rate, whatever the rate is now', async () => {
    await addUnits({ count: 1, rateCap: rate, leased: true });
    expect(await find({ chosen, rate: 10 * rate })).toMatchObject([{ rate, answered: 1 }]);
  });

  test('the dearest go first, of equal ones the older, and one in eight is the oldest', async () => {
    await addUnits({ count: 40 });
    for (const tip of [3, 9, 6]) await addUnits({ count: 20, rateCap: 10 * rate, tip });
    for (let round = 0; round < 20; round++) {
      const found = await find({ chosen, wanted: 40 });
      const ids = found.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const places = tipsOf(found).flatMap((tip, place) => (tip === 0 ? [place] : []));
      const [first] = places;
      expect(first).toBeLessThan(oldestEvery);
      const old = places.filter((place) => place < 40);
      for (const [nth, place] of old.entries()) expect(place).toBe(first + nth * oldestEvery);
      const dear = found.slice(0, 40).filter(({ tip }) => tip > 0);
      expect(tipsOf(dear)).toEqual([...tipsOf(dear)].sort((a, b) => b - a));
      for (const [place, { id, tip }] of dear.entries()) {
        if (place > 0 && dear[place - 1].tip === tip)
          expect(id).toBeGreaterThan(dear[place - 1].id);
      }
    }
  });

  test('without tips they are leased by age, whatever their caps', async () => {
    for (let i = 0; i < 6; i++) await addUnits({ count: 2, rateCap: i % 2 ? rate + i : null });
    const ids = (await find({ chosen })).map(({ id }) => id);
    expect(ids).toHaveLength(12);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  });

  test('bounded units are found by their terms as well', async () => {
    await addUnits({ count: 2, rateCap: rate - 1, kind: 2 });
    await addUnits({ count: 2, rateCap: rate, kind: 2 });
    await addUnits({ count: 2, kind: 2 });
    await addUnits({ count: 1, rateCap: rate, kind: 2, leased: true });
    expect(await find({ chosen })).toEqual([]);
    const found = await find({ chosen, bounded: true });
    expect(found.map(({ rate: locked }) => locked)).toEqual([null, null, null, null, rate]);
  });
});

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** Every statement of a search as it was planned, and how many rows of units it looked at. */
async function explain(search: Search) {
  const nodes: PlanNode[] = [];
  let statements = 0;
  const found = await lab.engine.transaction('write', (query) =>
    load(
      {
        async query<Row>(sql: string, parameters?: unknown[]) {
          statements++;
          const [plan] = await query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
            `explain (analyze, format json) ${sql}`,
            parameters,
          );
          nodes.push(...nodesOf(plan['QUERY PLAN'][0].Plan));
          return query<Row>(sql, parameters);
        },
      },
      search,
    ),
  );
  const units = nodes.filter((node) => node['Relation Name'] === 'units');
  const looked = units.map(
    (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
  );
  return {
    found,
    statements,
    kinds: new Set(units.map((node) => node['Node Type'])),
    looked: looked.reduce((sum, rows) => sum + rows, 0),
  };
}

describe('the search', () => {
  const many = 20_000;
  const wanted = 64;

  beforeAll(async () => {
    await lab.query('delete from units');
    // Older than all that is for lease: a search by age would pass them.
    await addUnits({ count: many / 4, rateCap: rate - 1 });
    await addUnits({ count: many / 4, rateCap: rate + 49, tip: 50 });
    await addUnits({ count: many / 2, rateCap: rate + 50, tip: 25 });
    await lab.query('analyze units');
  });

  test.each([false, true])(
    'looks at as many as are wanted, by index; chosen: %s',
    async (chosen) => {
      const { found, kinds, looked } = await explain({ wanted, chosen });
      expect(found).toHaveLength(wanted);
      expect(new Set(tipsOf(found))).toEqual(new Set([25]));
      for (const kind of kinds) expect(kind).toMatch(/Index/);
      expect(looked).toBeLessThan(4 * wanted);
    },
  );

  test.each([false, true])(
    'of a market too dear for all finds nothing at once; chosen: %s',
    async (chosen) => {
      const { found, looked } = await explain({ wanted, chosen, rate: 10 * rate });
      expect(found).toEqual([]);
      expect(looked).toBe(0);
    },
  );

  test('where nobody names a price is one look at an empty index more', async () => {
    await lab.query('delete from units');
    await addUnits({ count: many / 10 });
    await lab.query('analyze units');
    const { found, statements, kinds, looked } = await explain({ wanted });
    expect(found).toHaveLength(wanted);
    // Half done, audits, never leased, and that look.
    expect(statements).toBe(4);
    for (const kind of kinds) expect(kind).toMatch(/Index/);
    expect(looked).toBe(wanted);
  });
});
