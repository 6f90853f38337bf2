// The judge's rulings as rows: results, units with their batch's count, and accounts.
import { creditForCost } from '#ledger/postings.ts';
import { strikesMax } from '#validator/policy.ts';
import { resultStates, type Settlement, unitStates } from './settlement.ts';
import type { Transaction } from './transaction.ts';

export async function writeResults(
  transaction: Transaction,
  settlements: Settlement[],
  receipts: Map<string, string>,
): Promise<void> {
  const ruled = settlements.flatMap(({ unit, judgement }) =>
    judgement.rulings.map((ruling) => ({ unit, ruling })),
  );
  if (ruled.length === 0) return;
  await transaction.query(
    `update results set state = ruled.state, code = ruled.code, message = ruled.message,
       credit = ruled.credit, receipt_id = ruled.receipt_id
     from unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::bigint[], $6::text[])
       as ruled (lease_id, state, code, message, credit, receipt_id)
     where results.lease_id = ruled.lease_id`,
    [
      ruled.map(({ ruling }) => ruling.lease),
      ruled.map(({ ruling }) => resultStates.indexOf(ruling.accepted ? 'accepted' : 'rejected')),
      ruled.map(({ ruling }) => ruling.code),
      ruled.map(({ ruling }) => ruling.message),
      ruled.map(({ unit, ruling }) => (ruling.accepted ? creditForCost(unit.cost) : 0)),
      ruled.map(({ ruling }) => receipts.get(ruling.lease) ?? null),
    ],
  );
}

export async function writeUnits(
  transaction: Transaction,
  settlements: Settlement[],
  now: number,
): Promise<void> {
  const outputs = settlements.map(({ judgement, results, recomputed }) => {
    const source = judgement.decided?.output;
    if (!source) return null;
    if (source === 'coordinator') return recomputed!.outputBlob;
    return results.find(({ lease_id }) => lease_id === source.lease)!.output_blob;
  });
  const ruledOf = ({ judgement }: Settlement) => judgement.rulings.length;
  await transaction.query(
    `update units set state = judged.state, wanted = judged.wanted,
       answered = answered - judged.ruled,
       output_digest = coalesce(judged.output_digest, units.output_digest),
       output_blob = coalesce(judged.output_blob, units.output_blob),
       done_at = case when judged.output_digest is null then done_at else $6::bigint end
     from unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::bytea[],
       $7::text[]) as judged (id, state, wanted, ruled, output_digest, output_blob)
     where units.id = judged.id`,
    [
      settlements.map(({ unit }) => unit.id),
      settlements.map(({ judgement }) => unitStates.indexOf(judgement.state)),
      settlements.map(({ judgement }) => judgement.wanted),
      settlements.map(ruledOf),
      settlements.map(({ judgement }) => judgement.decided?.digest ?? null),
      now,
      outputs,
    ],
  );
  const decided = settlements.filter(({ judgement }) => judgement.decided !== null);
  if (decided.length === 0) return;
  await transaction.query(
    `update batches set units_done = batches.units_done + done.units,
       requests_completed = requests_completed + done.lines,
       status = case when status = 'in_progress' and units_done + done.units = units_total
         then 'finalizing' else status end,
       finalizing_at = case when status = 'in_progress' and units_done + done.units = units_total
         then $3::bigint else finalizing_at end
     from (select batch_id, count(*) as units, sum(lines) as lines
       from unnest($1::text[], $2::int[]) as decided (batch_id, lines) group by batch_id) as done
     where batches.id = done.batch_id`,
    [decided.map(({ unit }) => unit.batch_id), decided.map(({ unit }) => unit.lines_alone), now],
  );
}

/** Totals that the contributor sees, and strikes, by account. */
export async function writeAccounts(
  transaction: Transaction,
  settlements: Settlement[],
  now: number,
): Promise<void> {
  const ruled = settlements.flatMap(({ unit, results, judgement }) =>
    judgement.rulings.map((ruling) => ({
      account: results.find(({ lease_id }) => lease_id === ruling.lease)!.account_id,
      accepted: ruling.accepted ? 1 : 0,
      credit: ruling.accepted ? creditForCost(unit.cost) : 0,
      strike: ruling.code === 'verdict/digest-mismatch' ? 1 : 0,
    })),
  );
  if (ruled.length === 0) return;
  await transaction.query(
    `update accounts set accepted = accounts.accepted + ruled.accepted,
       rejected = accounts.rejected + ruled.count - ruled.accepted,
       pending = accounts.pending - ruled.count,
       credit = accounts.credit + ruled.credit,
       strikes = accounts.strikes + ruled.strikes,
       suspended_at = case when accounts.strikes + ruled.strikes >= $5::int and suspended_at is null
         then $6::bigint else suspended_at end
     from (select account_id, count(*) as count, sum(accepted) as accepted, sum(credit) as credit,
         sum(strike) as strikes
       from unnest($1::text[], $2::int[], $3::bigint[], $4::int[])
         as ruled (account_id, accepted, credit, strike) group by account_id) as ruled
     where accounts.id = ruled.account_id`,
    [
      ruled.map(({ account }) => account),
      ruled.map(({ accepted }) => accepted),
      ruled.map(({ credit }) => credit),
      ruled.map(({ strike }) => strike),
      strikesMax,
      now,
    ],
  );
}
