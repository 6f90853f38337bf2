// Units of bounded models, judged. Their outputs are compared outside the database
// (coordinator/compare-unit.ts); until that is done a result only waits.
import { type BoundedJudgement, type Compared, judgeBounded } from '#validator/judge-bounded.ts';
import { levels } from '#validator/policy.ts';
import { unitStates } from '#validator/states.ts';
import { groupBy } from './group-by.ts';
import { noHold, type Outcome } from './outcome.ts';
import { recordKey, stateOf } from './settle-work.ts';
import type { Recomputed, ResultRow, UnitRow } from './settlement.ts';

/** What was found of one unit's outputs. */
export interface ComparedUnit extends Compared {
  /** Results that were compared; one that came since waits for the next time. */
  leases: readonly string[];
  /** The coordinator's own, where it has computed the unit. */
  own: Recomputed | null;
}

interface BoundedInput {
  units: readonly UnitRow[];
  results: readonly ResultRow[];
  compared: Map<number, ComparedUnit> | undefined;
}

export function settleBounded(outcome: Outcome, { units, results, compared }: BoundedInput): void {
  const resultsOf = groupBy(results, ({ unit_id }) => unit_id);
  for (const unit of units) {
    const pending = (resultsOf.get(unit.id) ?? []).filter((one) => stateOf(one) === 'pending');
    settleOne(outcome, unit, { pending, compared: compared?.get(unit.id) ?? null });
  }
}

interface Waiting {
  pending: readonly ResultRow[];
  compared: ComparedUnit | null;
}

function settleOne(outcome: Outcome, unit: UnitRow, { pending, compared }: Waiting): void {
  const judged = compared
    ? pending.filter(({ lease_id }) => compared.leases.includes(lease_id))
    : [];
  const state = unitStates[unit.state];
  const judgement: BoundedJudgement = compared
    ? judgeBounded({
        state,
        level: levels[unit.level],
        wanted: unit.wanted,
        answers: judged.map(({ lease_id: lease, account_id: account }) => ({
          lease,
          account,
          named: outcome.named.includes(account),
        })),
        compared,
      })
    : { state, wanted: unit.wanted, rulings: [], output: null };
  for (const { lease, result: to, code, message, confirmedBy, run } of judgement.rulings) {
    const result = judged.find(({ lease_id }) => lease_id === lease) as ResultRow;
    outcome.rule(unit, result, { to, code, message, confirmedBy });
    if (run === 'longer') outcome.records.longer(recordKey(unit, result));
    if (run === 'reset') outcome.records.reset(recordKey(unit, result));
  }
  const done = state !== 'done' && judgement.state === 'done';
  if (done) outcome.count(unit.batch_id, { done: 1, lines: unit.lines_alone });
  outcome.units.push({
    id: unit.id,
    state: unitStates.indexOf(judgement.state),
    wanted: judgement.wanted,
    answered: pending.length - judgement.rulings.length,
    ...outputOf(unit, judgement, { pending, compared }),
    hold: noHold,
    done,
    recomputed: done && compared?.own !== null && compared?.own !== undefined,
  });
}

function outputOf(unit: UnitRow, { output }: BoundedJudgement, { pending, compared }: Waiting) {
  if (output === 'coordinator' && compared?.own) {
    return { outputDigest: compared.own.digest, outputBlob: compared.own.outputBlob };
  }
  const source =
    output && output !== 'coordinator'
      ? pending.find(({ lease_id }) => lease_id === output.lease)
      : undefined;
  if (source) return { outputDigest: source.digest, outputBlob: source.output_blob };
  return { outputDigest: unit.output_digest, outputBlob: unit.output_blob };
}
