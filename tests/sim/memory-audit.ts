// Audits in memory: rows that wait are gathered into units, auditors' answers are compared row by
// row, and what the coordinator says of the disputed ones is carried out.

import { assert } from '#protocol/errors.ts';
import { groupBy } from '#store/group-by.ts';
import { composeAudit, type WaitingRow } from '#validator/compose-audit.ts';
import { judgeAudit } from '#validator/judge-audit.ts';
import { mayAudit } from '#validator/policy.ts';
import { concerned, fileUnit, partiesOf } from './memory-lists.ts';
import { accept, closeRows } from './memory-settle.ts';
import {
  moveResult,
  moveRow,
  moveUnit,
  type QueueMemory,
  type SimAccount,
  type SimLease,
  type SimRow,
  type SimUnit,
} from './memory-state.ts';
import { isAskedFor } from './projects.ts';

const auditRowsMax = 32;
/** Waiting rows looked at in one search: the oldest. */
const waitingMax = 1_024;

/** Gathers what can be gathered now, once the rows of a unit have drawn a look. */
export function composeAudits(memory: QueueMemory): void {
  if (memory.waiting.size === 0) return;
  const rows = [...memory.waiting].sort((a, b) => a.id - b.id).slice(0, waitingMax);
  const before = groupBy([...memory.audits], ({ project }) => project);
  for (const [project, own] of groupBy(rows, ({ unit }) => unit.project)) {
    composeOf(memory, own, { project, made: before.get(project)?.length ?? 0 });
  }
}

/** Audits of one project, for those who would take them. */
function composeOf(
  memory: QueueMemory,
  rows: readonly SimRow[],
  { project, made: asked }: { project: string; made: number },
): void {
  const live = liveAccounts(memory)
    .filter(({ record, choice }) => mayAudit(record, memory.rules) && isAskedFor(project, choice))
    .map(({ id, address }) => ({ account: id, address }));
  let views = rows.map((row, index) => viewRow(memory, row, index));
  // As many as can be taken now: what waits unmade may still become the coordinator's own.
  for (let made = asked; made < live.length && views.length > 0; made++) {
    const chosen = composeAudit(views, live, {
      rowsMax: auditRowsMax,
      waitMs: memory.waits.composeMs,
      laboratory: memory.laboratory,
      draw: memory.draw('auditor', rows[views[0].id].id),
    });
    if (chosen.length === 0) return;
    views = views.filter((view) => !chosen.includes(view));
    const gathered = chosen.map(({ id }) => rows[id]);
    // In no order that would tell whose rows they are.
    const keyed = gathered.map((row) => ({ row, key: memory.draw('place', row.id) }));
    makeAudit(
      memory,
      keyed.sort((a, b) => a.key - b.key).map(({ row }) => row),
    );
  }
}

export function liveAccounts({ accounts, now, waits }: QueueMemory): SimAccount[] {
  return [...accounts.values()].filter(
    ({ banned, lastWantedAt }) => !banned && now - lastWantedAt < waits.liveMs,
  );
}

/** Who may not audit a row: who computed or awaits its unit, and who audits another row of it. */
function viewRow(memory: QueueMemory, row: SimRow, id: number): WaitingRow {
  const accounts: string[] = [];
  const addresses: string[] = [];
  for (const account of concerned(row)) {
    accounts.push(account.id);
    addresses.push(account.address);
  }
  const tail = row.unit.batch !== null && row.unit.batch.open === 0;
  const waitingMs = tail ? Number.POSITIVE_INFINITY : memory.now - row.drawnAt;
  return { id, unit: row.unit.id, accounts, addresses, waitingMs };
}

export function mayTakeAudit(
  { laboratory }: QueueMemory,
  audit: SimUnit,
  { id, address }: SimAccount,
): boolean {
  const parties = partiesOf(audit);
  return !parties.has(id) && (laboratory || !parties.has(address));
}

function makeAudit(memory: QueueMemory, rows: SimRow[]): void {
  const audit: SimUnit = {
    id: memory.units.length + 1,
    kind: 'audit',
    batch: null,
    project: rows[0].unit.project,
    ordinal: -1,
    level: 'sampled',
    rowCount: rows.length,
    state: 'open',
    wanted: 0,
    leased: 0,
    answered: 0,
    waitingSince: null,
    madeAt: memory.now,
    leases: [],
    digest: null,
    holder: null,
    releaseAt: null,
    rowsOpen: 0,
    rows,
    parties: null,
    recalled: false,
    confirmedByCoordinator: false,
    mature: false,
  };
  memory.units.push(audit);
  for (const row of rows) {
    moveRow(memory, row, 'asked');
    row.audit = audit;
  }
  fileUnit(memory, audit);
}

/** @param truths the coordinator's digests by place, once it has computed what is disputed */
export function settleAudit(
  memory: QueueMemory,
  audit: SimUnit,
  truths: ReadonlyMap<number, string> | null,
): void {
  const lease = audit.leases.find(({ result }) => result === 'pending');
  if (!lease) return;
  // All that the auditor's root can say.
  const equal = audit.rows.every(({ expected }, place) => expected === lease.digests[place]);
  if (audit.state === 'done' || audit.state === 'withdrawn') {
    settleLate(memory, lease, equal);
    return;
  }
  if (!equal && !truths) {
    moveUnit(memory, audit, 'arbitrating');
    return;
  }
  const judgement = judgeAudit(
    audit.rows.map((row, place) => ({
      expected: asksFor(audit, row) ? row.expected : null,
      given: lease.digests[place],
      truth: truths?.get(place) ?? null,
    })),
  );
  assert(judgement.accepted !== null, 'the coordinator has computed what was disputed');
  for (const place of judgement.confirmed) {
    confirmRow(memory, audit.rows[place], truths?.has(place) ? 'coordinator' : lease.account);
  }
  for (const place of judgement.refuted) refuteRow(memory, audit.rows[place]);
  moveUnit(memory, audit, 'done');
  settleAuditor(memory, lease, judgement.accepted);
  if (truths) lease.account.record.run = judgement.accepted ? lease.account.record.run + 1 : 0;
  fileUnit(memory, audit);
}

/** The audit was answered by another, or retired, before: this proves nothing against anybody. */
function settleLate(memory: QueueMemory, lease: SimLease, equal: boolean): void {
  lease.unit.answered = 0;
  if (equal) accept(memory, lease, 'verdict/confirmed');
  else {
    moveResult(lease, 'rejected');
    lease.code = 'verdict/superseded';
  }
}

export function asksFor(audit: SimUnit, row: SimRow): boolean {
  return row.audit === audit && (row.state === 'asked' || row.state === 'disputed');
}

function settleAuditor(memory: QueueMemory, lease: SimLease, accepted: boolean): void {
  lease.unit.answered = 0;
  if (accepted) accept(memory, lease, 'verdict/confirmed');
  else {
    moveResult(lease, 'rejected');
    lease.code = 'verdict/digest-mismatch';
    memory.pass.convict.push(lease.account);
  }
}

export function confirmRow(
  memory: QueueMemory,
  row: SimRow,
  auditor: SimAccount | 'coordinator',
): void {
  row.auditor = auditor;
  moveRow(memory, row, 'confirmed');
  if (auditor !== 'coordinator' && !row.unit.batch?.delivered) auditor.vouchedFor.add(row);
  if (row.unit.rowsOpen === 0) closeRows(memory, row.unit);
}

/** A wrong row convicts everybody whose answer its unit is. */
export function refuteRow(memory: QueueMemory, row: SimRow): void {
  if (row.state === 'asked') moveRow(memory, row, 'disputed');
  if (row.state !== 'disputed' && row.state !== 'waiting') return;
  moveRow(memory, row, 'refuted');
  for (const { result, account } of row.unit.leases) {
    if (result === 'held' || result === 'accepted') memory.pass.convict.push(account);
  }
}
