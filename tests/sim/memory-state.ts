// The in-memory queue's things: units, leases with their results, audited rows, accounts, batches,
// and the lists that make its steps fast. Every state is written through the tables of states.ts.
import type { Draw, Level, Policy, TrackRecord } from '#validator/policy.ts';
import {
  assertMove,
  type LeaseState,
  leaseMoves,
  type ResultState,
  type RowState,
  resultMoves,
  rowMoves,
  type UnitState,
  unitMoves,
} from '#validator/states.ts';
import type { Books } from './books.ts';

export interface SimLease {
  id: string;
  unit: SimUnit;
  account: SimAccount;
  deliver: 'output' | 'digest';
  /** It brought the output, or its digest equals that of one whose output is kept. */
  hasOutput: boolean;
  state: LeaseState;
  expiresAt: number;
  /** Handed back as broken: the account does not get the unit again. */
  refusedUnit: boolean;
  receivedAt: number;
  result: ResultState | null;
  code: string;
  digests: readonly string[];
  credit: number;
}

export interface SimRow {
  id: number;
  unit: SimUnit;
  row: number;
  state: RowState;
  forCoordinator: boolean;
  drawnAt: number;
  audit: SimUnit | null;
  /** What the unit's digest says of it. */
  expected: string;
  /** Who confirmed it: an account, the coordinator, or nobody yet. */
  auditor: SimAccount | 'coordinator' | null;
}

export interface SimUnit {
  id: number;
  kind: 'work' | 'audit';
  /** Null for an audit. */
  batch: SimBatch | null;
  project: string;
  ordinal: number;
  level: Level;
  rowCount: number;
  state: UnitState;
  wanted: number;
  leased: number;
  answered: number;
  waitingSince: number | null;
  madeAt: number;
  leases: SimLease[];
  digest: string | null;
  holder: SimAccount | null;
  releaseAt: number | null;
  rowsOpen: number;
  /** Of a unit of a batch: all that were ever drawn from it. Of an audit: those it asks for. */
  rows: SimRow[];
  /** Of an audit: accounts and addresses that are no strangers to its rows; null until asked for. */
  parties: Set<string> | null;
  recalled: boolean;
  confirmedByCoordinator: boolean;
  /** Its first holder had answered 1,000 units: what it costs from here on counts. */
  mature: boolean;
}

export interface SimBatch {
  id: number;
  level: Level;
  units: SimUnit[];
  open: number;
  done: number;
  rowsOpen: number;
  held: Set<SimUnit>;
  delivered: boolean;
}

export interface SimAccount {
  id: string;
  address: string;
  record: TrackRecord;
  convictions: number;
  banned: boolean;
  lastWantedAt: number;
  /** What it chose when it last wanted units. */
  choice: string | null;
  /** Leases that are open. */
  open: Set<SimLease>;
  /** Leases whose results are pending or held. */
  standing: Set<SimLease>;
  /** Leases accepted on units of batches that are not delivered yet. */
  released: Set<SimLease>;
  /** Held units whose rows are confirmed and whose window is not over. */
  ready: Set<SimUnit>;
  /** Rows of undelivered batches that it confirmed as auditor. */
  vouchedFor: Set<SimRow>;
  answered: number;
}

/** Work in rows: all of it, and that which counts after a contributor's first 1,000 units. */
export interface Tally {
  total: number;
  mature: number;
  coordinator: number;
  audits: number;
  usefulMature: number;
  useful: number;
  wrongRows: number;
  convictions: number;
}

export interface QueueOptions {
  rules: Policy;
  draw: Draw;
  waits: SimWaits;
  laboratory: boolean;
}

export interface SimWaits {
  /** A row waits so long for an audit unit to fill. */
  composeMs: number;
  /** A row, an audit unit or a half-done unit waits so long before the coordinator takes it. */
  partnerMs: number;
  /** Who asked for work within this time may still become a partner or an auditor. */
  liveMs: number;
  /** Who has not asked for so long has left. */
  goneMs: number;
  leaseMsMin: number;
  leaseSlack: number;
}

export interface QueueMemory extends QueueOptions {
  units: SimUnit[];
  batches: SimBatch[];
  accounts: Map<string, SimAccount>;
  leases: Map<string, SimLease>;
  /** Units of batches in order, and the first of them that was never leased. */
  fresh: { next: number; list: SimUnit[] };
  partial: Set<SimUnit>;
  audits: Set<SimUnit>;
  arbitrating: Set<SimUnit>;
  waiting: Set<SimRow>;
  forCoordinator: Set<SimRow>;
  expiring: SimLease[];
  /** What one call leaves to its end: convictions, then windows, then tails. */
  pass: { convict: SimAccount[]; risen: Set<SimAccount>; batches: Set<SimBatch> };
  now: number;
  books: Books;
  tally: Tally;
  nextLease: number;
  nextRow: number;
}

export function moveUnit(memory: QueueMemory, unit: SimUnit, to: UnitState): void {
  assertMove(unitMoves, unit.state, to);
  const { batch } = unit;
  const isOpen = (state: UnitState) => state === 'open' || state === 'arbitrating';
  if (batch) batch.open += Number(isOpen(to)) - Number(isOpen(unit.state));
  if (batch && unit.state === 'held') batch.held.delete(unit);
  if (batch && to === 'held') batch.held.add(unit);
  if (batch) batch.done += Number(to === 'done') - Number(unit.state === 'done');
  if (to === 'arbitrating') memory.arbitrating.add(unit);
  else memory.arbitrating.delete(unit);
  unit.state = to;
}

export function moveLease(lease: SimLease, to: LeaseState): void {
  assertMove(leaseMoves, lease.state, to);
  if (lease.state === 'open') {
    lease.account.open.delete(lease);
    lease.unit.leased--;
  }
  lease.state = to;
}

export function moveResult(lease: SimLease, to: ResultState): void {
  if (lease.result !== null) assertMove(resultMoves, lease.result, to);
  lease.result = to;
  const { standing, released } = lease.account;
  if (to === 'pending' || to === 'held') standing.add(lease);
  else standing.delete(lease);
  if (to === 'accepted' && lease.unit.batch && !lease.unit.batch.delivered) released.add(lease);
}

/** Keeps the lists of waiting rows, and the counts of open ones, in step with a row's state. */
export function moveRow(memory: QueueMemory, row: SimRow, to: RowState): void {
  assertMove(rowMoves, row.state, to);
  const isOpen = (state: RowState) =>
    state === 'waiting' || state === 'asked' || state === 'disputed';
  const change = Number(isOpen(to)) - Number(isOpen(row.state));
  row.unit.rowsOpen += change;
  if (row.unit.batch) row.unit.batch.rowsOpen += change;
  row.state = to;
  const list = row.forCoordinator ? memory.forCoordinator : memory.waiting;
  if (to === 'waiting') list.add(row);
  else list.delete(row);
}
