// Runs the judge over units and has written down what it says: results, credit, postings, receipts,
// records and the batch's count, all in the caller's transaction, so that a credit exists once.
import { toHex } from '#protocol/bytes.ts';
import { assert } from '#protocol/errors.ts';
import { type Judgement, judge, type Ruling, type UnitState } from '#validator/judge.ts';
import { isTrusted, runAfter } from '#validator/policy.ts';
import {
  type Recomputed,
  type ResultRow,
  resultStates,
  type Settlement,
  type UnitRow,
  unitStates,
} from './settlement.ts';
import type { Transaction } from './transaction.ts';
import { writeReceipts } from './write-receipts.ts';
import { writeAccounts, writeResults, writeUnits } from './write-rulings.ts';

interface RecordRow {
  account_id: string;
  model: Uint8Array;
  backend: string;
  confirmed: number;
}

export interface SettleOptions {
  now: number;
  /** By unit id. */
  recomputed?: Map<number, Recomputed>;
}

/** @param unitIds every unit whose results or own recomputation are new */
export async function settleUnits(
  transaction: Transaction,
  unitIds: readonly number[],
  { now, recomputed = new Map() }: SettleOptions,
): Promise<void> {
  if (unitIds.length === 0) return;
  const { units, results } = await load(transaction, unitIds);
  const records = await openRecords(transaction, units, results);
  const settlements = units.map((unit): Settlement => {
    const own = results.filter((result) => result.unit_id === unit.id);
    const coordinator = recomputed.get(unit.id) ?? null;
    const judgement = judgeUnit({ unit, results: own, recomputed: coordinator, records });
    for (const ruling of judgement.rulings) {
      const result = own.find(({ lease_id }) => lease_id === ruling.lease);
      assert(result, 'a ruling is on a result of its unit');
      records.change(unit, result, ruling.run);
    }
    return { unit, results: own, judgement, recomputed: coordinator };
  });
  const receipts = await writeReceipts(transaction, settlements, now);
  await writeResults(transaction, settlements, receipts);
  await writeUnits(transaction, settlements, now);
  await writeAccounts(transaction, settlements, now);
  await records.write();
}

async function load(transaction: Transaction, unitIds: readonly number[]) {
  const units = await transaction.query<UnitRow>(
    `select units.id, batch_id, project_id, digest, units.model, cost, state, wanted,
       output_digest, lines_alone
     from units join batches on batches.id = batch_id
     where units.id = any($1) order by units.id`,
    [unitIds],
  );
  const results = await transaction.query<ResultRow>(
    `select lease_id, unit_id, session_id, results.account_id, results.backend, digest, output_blob, payload,
       signature, state, wallet_grant, wallet_signature
     from results join sessions on sessions.id = session_id
     where unit_id = any($1) order by received_at, lease_id`,
    [unitIds],
  );
  return { units, results };
}

interface JudgeInput {
  unit: UnitRow;
  results: ResultRow[];
  recomputed: Recomputed | null;
  records: Records;
}

function judgeUnit({ unit, results, recomputed, records }: JudgeInput): Judgement {
  const state: UnitState = unitStates[unit.state];
  const accepted = results.filter((result) => resultStates[result.state] === 'accepted');
  return judge({
    state,
    wanted: unit.wanted,
    answers: results
      .filter((result) => resultStates[result.state] === 'pending')
      .map((result) => ({
        lease: result.lease_id,
        account: result.account_id,
        digest: result.digest,
        hasOutput: result.output_blob !== null,
        trusted: isTrusted(records.run(unit, result)),
      })),
    settled:
      unit.output_digest === null
        ? null
        : {
            digest: unit.output_digest,
            confirmedBy: accepted.map(({ account_id }) => account_id),
          },
    recomputed: recomputed?.digest ?? null,
  });
}

interface Records {
  run(unit: UnitRow, result: ResultRow): number;
  change(unit: UnitRow, result: ResultRow, change: Ruling['run']): void;
  write(): Promise<void>;
}

/** Runs of confirmed results, per (account, model, backend), as they change while judging. */
async function openRecords(
  transaction: Transaction,
  units: UnitRow[],
  results: ResultRow[],
): Promise<Records> {
  const rows = await transaction.query<RecordRow>(
    'select account_id, model, backend, confirmed from records where account_id = any($1)',
    [[...new Set(results.map(({ account_id }) => account_id))]],
  );
  const key = (account: string, model: Uint8Array, backend: string) =>
    `${account} ${toHex(model)} ${backend}`;
  const runs = new Map(
    rows.map((row) => [key(row.account_id, row.model, row.backend), row.confirmed]),
  );
  const changed = new Map<string, RecordRow>();
  const nameOf = (unit: UnitRow, result: ResultRow) =>
    key(result.account_id, unit.model, result.backend);
  assert(units.length > 0 || results.length === 0, 'results belong to units');
  return {
    run: (unit, result) => runs.get(nameOf(unit, result)) ?? 0,
    change(unit, result, change) {
      if (change === 'kept') return;
      const name = nameOf(unit, result);
      const confirmed = runAfter(runs.get(name) ?? 0, change);
      const { account_id, backend } = result;
      runs.set(name, confirmed);
      changed.set(name, { account_id, model: unit.model, backend, confirmed });
    },
    async write() {
      if (changed.size === 0) return;
      const all = [...changed.values()];
      await transaction.query(
        `insert into records (account_id, model, backend, confirmed)
         select * from unnest($1::text[], $2::bytea[], $3::text[], $4::int[])
         on conflict (account_id, model, backend) do update set confirmed = excluded.confirmed`,
        [
          all.map((row) => row.account_id),
          all.map((row) => row.model),
          all.map((row) => row.backend),
          all.map((row) => row.confirmed),
        ],
      );
    },
  };
}
