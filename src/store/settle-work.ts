// Units of batches, judged: what the judge says of each becomes changes of results, units and rows.
import { assert } from '#protocol/errors.ts';
import { drawRows, isForCoordinator } from '#validator/draw-rows.ts';
import { type Answer, type Judgement, judge, type Ruling } from '#validator/judge.ts';
import { isTrusted, levels, releaseAt, rowsToAudit } from '#validator/policy.ts';
import { type ResultState, resultStates, unitStates } from '#validator/states.ts';
import { groupBy } from './group-by.ts';
import { hexOf, modelHex } from './hex.ts';
import { noHold, type Outcome, type UnitChange } from './outcome.ts';
import type { Recomputed, ResultRow, UnitRow } from './settlement.ts';
import type { RecordKey } from './track-records.ts';

interface WorkInput {
  units: readonly UnitRow[];
  results: readonly ResultRow[];
  recomputed: Map<number, Recomputed> | undefined;
}

interface Judged {
  unit: UnitRow;
  results: ResultRow[];
  judgement: Judgement;
  recomputed: Recomputed | null;
}

export const stateOf = (result: ResultRow): ResultState => resultStates[result.state];

export const recordKey = (unit: UnitRow, result: ResultRow): RecordKey => ({
  account: result.account_id,
  model: modelHex(unit.model),
  backend: result.backend,
});

export const holderKey = (unit: UnitRow): RecordKey => {
  assert(unit.holder_account !== null && unit.holder_backend !== null, 'a held unit has a holder');
  return {
    account: unit.holder_account,
    model: modelHex(unit.model),
    backend: unit.holder_backend,
  };
};

export function settleWork(outcome: Outcome, { units, results, recomputed }: WorkInput): void {
  const resultsOf = groupBy(results, ({ unit_id }) => unit_id);
  for (const unit of units) {
    const own = resultsOf.get(unit.id) ?? [];
    const coordinator = recomputed?.get(unit.id) ?? null;
    const judgement = judgeUnit(outcome, { unit, results: own, recomputed: coordinator });
    settleUnit(outcome, { unit, results: own, judgement, recomputed: coordinator });
  }
}

function judgeUnit(
  { records, rules, named }: Outcome,
  { unit, results, recomputed }: Omit<Judged, 'judgement'>,
): Judgement {
  const state = unitStates[unit.state];
  const accepted = results.filter((result) => stateOf(result) === 'accepted');
  const answers = results.filter((result) => stateOf(result) !== 'accepted');
  return judge({
    state,
    level: levels[unit.level],
    wanted: unit.wanted,
    answers: answers.map(
      (result): Answer => ({
        lease: result.lease_id,
        account: result.account_id,
        digest: hexOf(result.digest),
        hasOutput: result.output_blob !== null,
        state: stateOf(result) as Answer['state'],
        trusted: isTrusted(records.get(recordKey(unit, result)), rules),
        named: named.includes(result.account_id),
      }),
    ),
    settled:
      state === 'done' && unit.output_digest
        ? {
            digest: hexOf(unit.output_digest),
            confirmedBy: accepted.map(({ account_id }) => account_id),
          }
        : null,
    recomputed: recomputed ? hexOf(recomputed.digest) : null,
  });
}

function settleUnit(outcome: Outcome, judged: Judged): void {
  const { unit, results, judgement } = judged;
  const { records } = outcome;
  const find = (lease: string) => results.find(({ lease_id }) => lease_id === lease) as ResultRow;
  for (const ruling of judgement.rulings) {
    const result = find(ruling.lease);
    if (stateOf(result) !== ruling.result) {
      outcome.rule(unit, result, { ...ruling, to: ruling.result });
    }
    if (ruling.run === 'longer') records.longer(recordKey(unit, result));
    if (ruling.run === 'reset') records.reset(recordKey(unit, result));
    if (ruling.code === 'verdict/digest-mismatch') convictWhole(outcome, judged, ruling);
  }
  const from = unitStates[unit.state];
  const change = describeUnit(judged);
  if (from === 'held' && judgement.state !== 'held') leaveHeld(outcome, unit);
  if (from !== 'held' && judgement.state === 'held') enterHeld(outcome, judged, change);
  if (from !== 'done' && judgement.state === 'done') {
    outcome.count(unit.batch_id, { done: 1, lines: unit.lines_alone });
  }
  outcome.units.push(change);
}

/** The unit as the judge leaves it; whoever is held fills in its holder. */
function describeUnit({ unit, results, judgement, recomputed }: Judged): UnitChange {
  const { state, wanted, rulings, decided } = judgement;
  const ruled = new Map(rulings.map(({ lease, result }) => [lease, result]));
  const pending = results.filter(
    (result) => (ruled.get(result.lease_id) ?? stateOf(result)) === 'pending',
  );
  const settled = state === 'held' || state === 'done';
  const output = decided?.output;
  const fresh = output === 'coordinator' ? recomputed : output && findSource(results, output.lease);
  const kept = { digest: unit.output_digest, outputBlob: unit.output_blob };
  const { digest, outputBlob } = settled ? (fresh ?? kept) : { digest: null, outputBlob: null };
  return {
    id: unit.id,
    state: unitStates.indexOf(state),
    wanted,
    answered: pending.length,
    outputDigest: digest,
    outputBlob,
    hold: state === 'held' ? null : noHold,
    done: state === 'done' && unitStates[unit.state] !== 'done',
    recomputed: state === 'done' && recomputed !== null,
  };
}

function findSource(results: ResultRow[], lease: string): Recomputed {
  const source = results.find(({ lease_id }) => lease_id === lease);
  assert(source?.output_blob, 'a decided output is kept');
  return { digest: source.digest, outputBlob: source.output_blob };
}

function enterHeld(outcome: Outcome, { unit, results, judgement }: Judged, change: UnitChange) {
  const { records, rules, draw } = outcome;
  const output = judgement.decided?.output;
  const lease = typeof output === 'object' ? output.lease : null;
  const holder = results.find(({ lease_id }) => lease_id === lease);
  assert(holder, 'a held unit has the output of one of its results');
  const key = recordKey(unit, holder);
  const record = records.get(key);
  const held = judgement.rulings.filter(({ result }) => result === 'held');
  const holders = results.filter(({ lease_id }) => held.some((one) => one.lease === lease_id));
  const known = holders.map((result) => records.get(recordKey(unit, result)));
  const best = known.reduce((a, b) => (b.confirmed > a.confirmed ? b : a), record);
  const count = rowsToAudit(levels[unit.level], best, rules);
  const places = drawRows(unit.row_count, count, (place) => draw('row', holder.lease_id, place));
  for (const place of places) {
    const share = rules.coordinatorShare;
    const forCoordinator = isForCoordinator(draw, holder.lease_id, place, share);
    outcome.drawn.push({ unit: unit.id, place, forCoordinator });
  }
  change.hold = {
    account: holder.account_id,
    backend: holder.backend,
    releaseAt: releaseAt(record.held, record, rules),
    rowsOpen: places.length,
  };
  const confirmed = places.length === 0 ? 1 : 0;
  records.add(key, { held: 1, confirmed, drawn: places.length });
  outcome.count(unit.batch_id, { held: 1, rowsOpen: places.length });
}

/** A held unit that is held no longer: its rows are dropped, its holder's record forgets it. */
function leaveHeld(outcome: Outcome, unit: UnitRow): void {
  outcome.records.add(holderKey(unit), { held: -1, confirmed: unit.rows_open === 0 ? -1 : 0 });
  outcome.count(unit.batch_id, { held: -1, rowsOpen: -unit.rows_open });
  outcome.dropped.push(unit.id);
}

function convictWhole(
  outcome: Outcome,
  { unit, results, judgement, recomputed }: Judged,
  ruling: Ruling,
): void {
  const result = results.find(({ lease_id }) => lease_id === ruling.lease) as ResultRow;
  const output = judgement.decided?.output;
  const source = typeof output === 'object' ? findSource(results, output.lease).digest : null;
  const truth = recomputed?.digest ?? source ?? unit.output_digest;
  assert(truth, 'a mismatch is with a digest');
  const { account, lease } = ruling;
  outcome.convictions.push({
    account,
    lease,
    unit: unit.id,
    place: null,
    digest: result.digest,
    truth,
  });
}
