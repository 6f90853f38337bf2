// Every state that the coordinator keeps of a unit, a lease, a result and an audited row, and every
// move between them. The stores assert a move before they write it; what is not listed never happens.
import { assert } from '#protocol/errors.ts';

/**
 * A unit of a batch, or an audit unit.
 *
 * | from        | when                                                        | to          |
 * |-------------|-------------------------------------------------------------|-------------|
 * | open        | fewer equal answers than wanted                             | open        |
 * | open        | as many equal answers as wanted, one with its output        | held        |
 * | open        | answers differ, or agree and none brought an output, or the | arbitrating |
 * |             | level is `trusted`, or an audit's rows are not as expected  |             |
 * | open        | an audit's rows are as expected                             | done        |
 * | open        | two outputs of a bounded unit agree                         | done        |
 * | open        | three outputs of a bounded unit differ                      | arbitrating |
 * | open, arbitrating | the coordinator recomputed it                         | done        |
 * | held        | its audited rows and its holder's next units are confirmed  | done        |
 * | held        | a late answer differs                                       | arbitrating |
 * | held        | a holder was convicted                                      | open        |
 * | done        | a holder was convicted before the batch was delivered       | open        |
 * | held, done  | the same, of a batch that was cancelled or has expired      | withdrawn   |
 * | open, arbitrating | the batch was cancelled or has expired                | withdrawn   |
 * | held        | its output was lost, and the coordinator computed it again  | done        |
 * | open, arbitrating, held | its input is lost, or the audit's own           | withdrawn   |
 * | done        | input and output are lost before the batch was delivered    | withdrawn   |
 */
export type UnitState = 'open' | 'arbitrating' | 'held' | 'done' | 'withdrawn';

/**
 * | from    | when                                          | to        |
 * |---------|-----------------------------------------------|-----------|
 * | open    | its result was taken                          | answered  |
 * | open    | the contributor handed it back                | returned  |
 * | open    | its time is over                              | expired   |
 * | open    | the batch ended, the account was convicted, or was bound to one whose unit it is | withdrawn |
 * | open    | its result contradicts itself                 | refused   |
 * | expired, withdrawn | a late result was taken            | answered  |
 */
export type LeaseState = 'open' | 'answered' | 'returned' | 'expired' | 'withdrawn' | 'refused';

/**
 * | from     | when                                              | to       |
 * |----------|---------------------------------------------------|----------|
 * | pending  | its unit is held on its digest                    | held     |
 * | pending  | its unit is done on its digest                    | accepted |
 * | pending  | its unit is decided on another digest, or on an output that differs by more than its model allows | rejected |
 * | held     | its unit is released                              | accepted |
 * | held     | a partner was convicted, or a late answer differs | pending  |
 * | held     | a row of it was wrong, or its account convicted   | rejected |
 * | held     | the coordinator computed its unit, whose output was lost | accepted, rejected |
 * | pending, held | its unit's input is lost                     | rejected |
 */
export type ResultState = 'pending' | 'held' | 'accepted' | 'rejected';

/**
 * A row drawn for audit.
 *
 * | from      | when                                             | to        |
 * |-----------|--------------------------------------------------|-----------|
 * | waiting   | it was put into an audit unit                    | asked     |
 * | asked     | the audit unit ended without an answer, or was lost | waiting |
 * | waiting, asked | the auditor, or the coordinator, agrees     | confirmed |
 * | asked     | the auditor disagrees                            | disputed  |
 * | disputed  | the coordinator agrees                           | confirmed |
 * | waiting, asked, disputed | the coordinator disagrees           | refuted   |
 * | confirmed | its auditor was convicted before the delivery    | waiting   |
 * | waiting, asked, disputed, confirmed | its unit was opened again, or a payload of it was lost | dropped |
 */
export type RowState = 'waiting' | 'asked' | 'disputed' | 'confirmed' | 'refuted' | 'dropped';

export const unitMoves: Record<UnitState, readonly UnitState[]> = {
  open: ['open', 'held', 'arbitrating', 'done', 'withdrawn'],
  arbitrating: ['arbitrating', 'done', 'withdrawn'],
  held: ['held', 'done', 'arbitrating', 'open', 'withdrawn'],
  done: ['done', 'open', 'withdrawn'],
  withdrawn: ['withdrawn'],
};

export const leaseMoves: Record<LeaseState, readonly LeaseState[]> = {
  open: ['answered', 'returned', 'expired', 'withdrawn', 'refused'],
  expired: ['answered'],
  withdrawn: ['answered'],
  answered: [],
  returned: [],
  refused: [],
};

export const resultMoves: Record<ResultState, readonly ResultState[]> = {
  pending: ['pending', 'held', 'accepted', 'rejected'],
  held: ['held', 'pending', 'accepted', 'rejected'],
  accepted: ['accepted'],
  rejected: ['rejected'],
};

export const rowMoves: Record<RowState, readonly RowState[]> = {
  waiting: ['asked', 'confirmed', 'refuted', 'dropped'],
  asked: ['waiting', 'confirmed', 'disputed', 'refuted', 'dropped'],
  disputed: ['confirmed', 'refuted', 'dropped'],
  confirmed: ['waiting', 'dropped'],
  refuted: [],
  dropped: [],
};

/** @throws internal/assertion for a move that its table does not have */
export function assertMove<State extends string>(
  moves: Record<State, readonly State[]>,
  from: State,
  to: State,
): void {
  assert(moves[from].includes(to), `${from} never becomes ${to}`);
}

// Small integers in the database: a state is its place in the list.
export const unitStates: readonly UnitState[] = [
  'open',
  'arbitrating',
  'done',
  'withdrawn',
  'held',
];
export const resultStates: readonly ResultState[] = ['pending', 'accepted', 'rejected', 'held'];
export const leaseStates: readonly LeaseState[] = [
  'open',
  'answered',
  'returned',
  'expired',
  'withdrawn',
  'refused',
];
export const rowStates: readonly RowState[] = [
  'waiting',
  'asked',
  'disputed',
  'confirmed',
  'refuted',
  'dropped',
];
