// The queue in memory: every decision by the pure functions of src/validator, every state by the
// tables of states.ts. Fast enough for 200,000 units in seconds; what it leaves out (sessions,
// signatures, payloads, receipts) decides no verdict.
import { assert } from '#protocol/errors.ts';
import { drawRows } from '#validator/draw-rows.ts';
import { newRecord } from '#validator/policy.ts';
import { takesLate } from '#validator/take-late.ts';
import { openBooks } from './books.ts';
import { composeAudits } from './memory-audit.ts';
import { grantLeases } from './memory-grant.ts';
import { fileUnit } from './memory-lists.ts';
import { expireLeases, partner, retireAudits } from './memory-partner.ts';
import { settleAll } from './memory-pass.ts';
import { drawRow, reopenRows } from './memory-settle.ts';
import {
  moveLease,
  moveResult,
  type QueueMemory,
  type QueueOptions,
  type SimAccount,
  type SimLease,
  type SimUnit,
} from './memory-state.ts';
import { dumpState } from './memory-view.ts';
import { mainProject } from './projects.ts';
import type { GivenResult, NewBatch, Queue, QueueState, WorkCall, WorkNews } from './queue.ts';

export interface MemoryQueue extends Queue {
  /** The differential run gives leases the names that another queue gave them. */
  renameLease(from: string, to: string): void;
  state(): QueueState;
  memory: QueueMemory;
  addAccount(id: string, address: string): void;
  addBatch(batch: NewBatch): void;
  work(call: WorkCall): WorkNews;
  passTime(now: number): void;
  compose(now: number): void;
  partner(now: number): number;
}

export function openMemoryQueue(options: QueueOptions): MemoryQueue {
  const memory = openMemory(options);
  return {
    memory,
    addAccount: (id, address) => addAccount(memory, id, address),
    addBatch: (batch) => addBatch(memory, batch),
    work: (call) => work(memory, call),
    passTime(now) {
      memory.now = now;
      expireLeases(memory);
      closeLeavers(memory);
      retireAudits(memory);
      settleAll(memory, []);
    },
    compose(now) {
      memory.now = now;
      composeAudits(memory);
    },
    partner(now) {
      memory.now = now;
      return partner(memory);
    },
    state: () => dumpState(memory),
    renameLease(from, to) {
      const lease = memory.leases.get(from) as SimLease;
      memory.leases.delete(from);
      lease.id = to;
      memory.leases.set(to, lease);
    },
  };
}

function openMemory(options: QueueOptions): QueueMemory {
  return {
    ...options,
    units: [],
    batches: [],
    accounts: new Map(),
    leases: new Map(),
    fresh: { next: 0, list: [] },
    partial: new Set(),
    audits: new Set(),
    arbitrating: new Set(),
    waiting: new Set(),
    forCoordinator: new Set(),
    expiring: [],
    pass: { convict: [], risen: new Set(), batches: new Set() },
    now: 0,
    books: openBooks(),
    tally: {
      total: 0,
      mature: 0,
      coordinator: 0,
      audits: 0,
      useful: 0,
      usefulMature: 0,
      wrongRows: 0,
      convictions: 0,
    },
    nextLease: 0,
    nextRow: 1,
  };
}

function addAccount(memory: QueueMemory, id: string, address: string): void {
  memory.accounts.set(id, {
    id,
    address,
    record: { ...newRecord },
    convictions: 0,
    banned: false,
    lastWantedAt: memory.now,
    choice: null,
    open: new Set(),
    standing: new Set(),
    released: new Set(),
    ready: new Set(),
    vouchedFor: new Set(),
    answered: 0,
  });
}

function addBatch(
  memory: QueueMemory,
  { units, rows, level, now, project = mainProject }: NewBatch,
): void {
  const batch = {
    id: memory.batches.length,
    level,
    units: [] as SimUnit[],
    open: units,
    done: 0,
    rowsOpen: 0,
    held: new Set<SimUnit>(),
    delivered: false,
  };
  memory.batches.push(batch);
  for (let i = 0; i < units; i++) {
    const unit: SimUnit = {
      id: memory.units.length + 1,
      kind: 'work',
      batch,
      project,
      ordinal: memory.fresh.list.length,
      level,
      rowCount: rows,
      state: 'open',
      wanted: 0,
      leased: 0,
      answered: 0,
      waitingSince: null,
      madeAt: now,
      leases: [],
      digest: null,
      holder: null,
      releaseAt: null,
      rowsOpen: 0,
      rows: [],
      parties: null,
      recalled: false,
      confirmedByCoordinator: false,
      mature: false,
    };
    batch.units.push(unit);
    memory.units.push(unit);
    memory.fresh.list.push(unit);
  }
}

function work(memory: QueueMemory, call: WorkCall): WorkNews {
  memory.now = call.now;
  const account = memory.accounts.get(call.account);
  assert(account, 'a call comes from an account');
  const late = new Set<string>();
  const answered: SimUnit[] = [];
  for (const result of call.results) {
    const taken = takeResult(memory, account, result);
    if (taken === 'late') late.add(result.lease);
    else if (taken !== 'repeated') answered.push(taken);
  }
  settleAll(memory, answered);
  for (const { lease, reason } of call.returns) giveBack(memory, account, lease, reason);
  expireLeases(memory);
  const leases = grantLeases(memory, account, call);
  if (call.want > 0) Object.assign(account, { lastWantedAt: call.now, choice: call.project });
  if (call.returns.some(({ reason }) => reason === 'stopped') && call.want === 0) {
    account.lastWantedAt = Number.NEGATIVE_INFINITY;
  }
  memory.expiring.push(...leases);
  return {
    verdicts: [...call.results.map(({ lease }) => lease), ...call.awaiting].map((id) =>
      readNews(memory, id, late.has(id)),
    ),
    leases: leases.map(describeLease),
    suspended: account.banned,
  };
}

function readNews({ leases }: QueueMemory, id: string, late: boolean) {
  const lease = leases.get(id);
  if (!lease || late || lease.result === null) {
    return { state: 'rejected' as const, code: 'lease/expired', credit: 0 };
  }
  return { state: lease.result, code: lease.code, credit: lease.credit };
}

function describeLease({ id, unit, expiresAt }: SimLease) {
  const content =
    unit.kind === 'work'
      ? { unit: unit.ordinal, rows: unit.rowCount }
      : { audit: unit.rows.map(({ unit: { ordinal }, row }) => ({ unit: ordinal, row })) };
  return { lease: id, content, expiresAt };
}

/** @returns the unit to be settled, if the result is kept */
function takeResult(
  memory: QueueMemory,
  account: SimAccount,
  given: GivenResult,
): SimUnit | 'late' | 'repeated' {
  const lease = memory.leases.get(given.lease);
  if (!lease || lease.account !== account) return 'late';
  if (lease.state === 'answered') return 'repeated';
  const { unit } = lease;
  if (lease.state !== 'open' && !isStillWanted(lease)) return 'late';
  moveLease(lease, 'answered');
  lease.digests = given.digests;
  lease.receivedAt = memory.now;
  moveResult(lease, 'pending');
  lease.code = 'verdict/awaiting-partner';
  unit.answered++;
  unit.waitingSince ??= memory.now;
  countWork(memory, lease);
  return unit;
}

/** A lease that ran out is good while the unit wants it; one that a conviction ended is not. */
function isStillWanted({ state, unit, account }: SimLease): boolean {
  const doubled = unit.leases.some(
    (other) => other.account === account && ['open', 'answered'].includes(other.state),
  );
  const standing = unit.leases.filter(({ result }) => result === 'pending' || result === 'held');
  const wanted = takesLate({ kind: unit.kind, state: unit.state, standing: standing.length });
  return state === 'expired' && wanted && !doubled;
}

function countWork({ tally }: QueueMemory, { unit, account }: SimLease): void {
  tally.total += unit.rowCount;
  if (unit.kind === 'work') {
    account.answered++;
    if (account.answered > 1_000) tally.mature += unit.rowCount;
    return;
  }
  tally.audits += unit.rowCount;
  tally.mature += unit.rows.filter((row) => row.unit.mature).length;
}

function giveBack(
  memory: QueueMemory,
  account: SimAccount,
  id: string,
  reason: 'stopped' | 'failed',
): void {
  const lease = memory.leases.get(id);
  if (!lease || lease.account !== account || lease.state !== 'open') return;
  moveLease(lease, 'returned');
  lease.refusedUnit = reason !== 'stopped';
  fileUnit(memory, lease.unit);
}

/** Of who has left: one more row of each unit that its window still keeps closes the window. */
function closeLeavers(memory: QueueMemory): void {
  const { now, waits } = memory;
  const gone = [...memory.accounts.values()].filter(
    ({ ready, lastWantedAt }) => ready.size > 0 && now - lastWantedAt >= waits.goneMs,
  );
  const units = gone.flatMap(({ ready }) => [...ready].filter(({ releaseAt }) => releaseAt !== 0));
  for (const unit of units.sort((a, b) => a.id - b.id)) {
    unit.releaseAt = 0;
    const taken = unit.rows.filter(({ state }) => state !== 'dropped').map(({ row }) => row);
    const rest = Array.from({ length: unit.rowCount }, (_, row) => row).filter(
      (row) => !taken.includes(row),
    );
    const [chosen] = drawRows(rest.length, 1, () => memory.draw('leaver', unit.id));
    if (chosen === undefined) continue;
    reopenRows(unit);
    drawRow(memory, unit, rest[chosen], false);
  }
}
