// The coordinator's own share, in memory: what is disputed at once, the rows drawn for it, and
// after a named wait whatever no contributor took. It never begins a unit that nobody has answered.
import { right } from './digests.ts';
import { asksFor, confirmRow, liveAccounts, refuteRow } from './memory-audit.ts';
import { fileUnit } from './memory-lists.ts';
import { type Computed, settleAll } from './memory-pass.ts';
import {
  moveLease,
  moveRow,
  moveUnit,
  type QueueMemory,
  type SimAccount,
  type SimRow,
  type SimUnit,
} from './memory-state.ts';
import { isAskedFor } from './projects.ts';

/** Waiting rows looked at in one search, and computed in one go. */
const waitingMax = 64;
const rowsMax = 32;
/** Contributors at once among whom somebody is taken for a stranger. */
const strangersSure = 8;

/** @returns rows computed */
export function partner(memory: QueueMemory): number {
  const before = memory.tally.coordinator;
  while (computeOne(memory));
  return memory.tally.coordinator - before;
}

/** The oldest thing that it should compute now. */
function computeOne(memory: QueueMemory): boolean {
  const [disputed] = oldest(memory.arbitrating);
  if (disputed) {
    if (disputed.kind === 'audit') arbitrateAudit(memory, disputed);
    else computeUnit(memory, disputed);
    return true;
  }
  const live = liveAccounts(memory);
  const lonely = oldest(memory.partial).find((unit) => isLonely(memory, unit, live));
  if (lonely) {
    computeUnit(memory, lonely);
    return true;
  }
  const due = memory.now - memory.waits.partnerMs;
  const own = oldest(memory.forCoordinator).slice(0, waitingMax);
  const all = oldest([...memory.forCoordinator, ...memory.waiting]).slice(0, waitingMax);
  const rows = oldest(new Set([...own, ...all]))
    .filter((row) => row.forCoordinator || row.drawnAt <= due || isDeserted(memory, row, live))
    .slice(0, rowsMax);
  if (rows.length > 0) computeRows(memory, rows);
  return rows.length > 0;
}

function oldest<Thing extends { id: number }>(things: Iterable<Thing>): Thing[] {
  return [...things].sort((a, b) => a.id - b.id);
}

/** Audits that nobody took: their rows are the coordinator's own now. */
export function retireAudits(memory: QueueMemory): void {
  const due = memory.now - memory.waits.partnerMs;
  for (const audit of [...memory.audits, ...memory.partial]) {
    if (audit.kind !== 'audit' || audit.leased > 0 || audit.answered > 0 || audit.madeAt > due)
      continue;
    moveUnit(memory, audit, 'withdrawn');
    fileUnit(memory, audit);
    for (const row of audit.rows) {
      if (row.audit !== audit || row.state !== 'asked') continue;
      row.forCoordinator = true;
      row.audit = null;
      moveRow(memory, row, 'waiting');
    }
  }
}

function spend({ tally }: QueueMemory, rows: number, mature: number): void {
  tally.total += rows;
  tally.coordinator += rows;
  tally.mature += mature;
}

function computeUnit(memory: QueueMemory, unit: SimUnit): void {
  const mature = unit.leases.some(({ account }) => account.answered > 1_000);
  spend(memory, unit.rowCount, mature ? unit.rowCount : 0);
  settleAll(memory, [unit], { units: new Map([[unit, right]]) });
}

/** Only rows on which the auditor and the audited differ are computed. */
function arbitrateAudit(memory: QueueMemory, audit: SimUnit): void {
  const given = audit.leases.find(({ result }) => result === 'pending')?.digests ?? [];
  const truths = new Map<number, string>();
  for (const [place, row] of audit.rows.entries()) {
    if (asksFor(audit, row) && row.expected !== given[place]) truths.set(place, right);
  }
  const mature = [...truths.keys()].filter((place) => audit.rows[place].unit.mature);
  spend(memory, truths.size, mature.length);
  const computed: Computed = { audits: new Map([[audit, truths]]) };
  settleAll(memory, [audit], computed);
}

function computeRows(memory: QueueMemory, rows: readonly SimRow[]): void {
  spend(memory, rows.length, rows.filter(({ unit }) => unit.mature).length);
  for (const row of rows) if (row.expected === right) confirmRow(memory, row, 'coordinator');
  for (const row of rows) if (row.expected !== right) refuteRow(memory, row);
  settleAll(memory, []);
}

/** Half done, nobody at it, and waited long enough or nobody there who could take it. */
function isLonely(memory: QueueMemory, unit: SimUnit, live: readonly SimAccount[]): boolean {
  const { waits, now } = memory;
  if (unit.leased > 0 || unit.answered === 0 || unit.state !== 'open') return false;
  if (now - (unit.waitingSince ?? now) >= waits.partnerMs) return true;
  return isForsaken(memory, { project: unit.project, parties: unit.leases, live });
}

interface Forsaken {
  project: string;
  parties: readonly { account: SimAccount }[];
  live: readonly SimAccount[];
}

/**
 * No stranger to its parties is here, or none who would take it: that is asked only where few are,
 * as the real queue does.
 */
function isForsaken(memory: QueueMemory, { project, parties, live }: Forsaken): boolean {
  const isStranger = (account: SimAccount) =>
    parties.every((party) => party.account !== account && isElsewhere(memory, party, account));
  if (live.some((one) => isAskedFor(project, one.choice) && isStranger(one))) return false;
  return areFew(memory) || !live.some(isStranger);
}

/** The real queue looks for a stranger only where there may be none: partner-operations.ts. */
function areFew({ accounts, now, waits, laboratory }: QueueMemory): boolean {
  const here = [...accounts.values()].filter((one) => now - one.lastWantedAt < waits.liveMs);
  const addresses = new Set(here.map(({ address }) => address)).size;
  return here.length < strangersSure || (!laboratory && addresses < strangersSure);
}

function isElsewhere(
  { laboratory }: QueueMemory,
  lease: { account: { address: string } },
  { address }: { address: string },
): boolean {
  return laboratory || lease.account.address !== address;
}

/** Nobody is here who is a stranger to it. */
function isDeserted(memory: QueueMemory, row: SimRow, live: readonly SimAccount[]): boolean {
  const parties = row.unit.leases.filter(({ state }) => state === 'open' || state === 'answered');
  return isForsaken(memory, { project: row.unit.project, parties, live });
}

export function expireLeases(memory: QueueMemory): void {
  const { now, expiring } = memory;
  const late = expiring.filter(({ state, expiresAt }) => state === 'open' && expiresAt <= now);
  memory.expiring = expiring.filter(({ state, expiresAt }) => state === 'open' && expiresAt > now);
  for (const lease of late) {
    moveLease(lease, 'expired');
    lease.account.record.run = 0;
    fileUnit(memory, lease.unit);
  }
}
