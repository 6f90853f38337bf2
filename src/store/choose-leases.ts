// Which waiting units one contributor gets: a pure choice among candidates, so that it can be
// tested without a database. In the order that they come in, models whose shards it holds before others.
// Who chose a project gets its units alone; who chose none gets those of every open one.
import { boundedWanted } from '#validator/judge-bounded.ts';
import {
  type Draw,
  type Level,
  mayAudit,
  type Policy,
  resultsWanted,
  type TrackRecord,
} from '#validator/policy.ts';
import type { Waits } from './waits.ts';
import type { WorkReason } from './work-item.ts';

export interface Participant {
  account: string;
  /** Null where the account alone is kept out. */
  address: string | null;
  /** Its lease is open or answered, and so counts; else the account gave the unit back as broken. */
  active: boolean;
  /** What its lease on this unit brings; null for a party to one of an audit's rows. */
  deliver: 'output' | 'digest' | null;
  /** What it computes bounded units with; null where it computes none. */
  adapterClass: string | null;
}

/** A unit with room for a lease. The chooser writes down what it grants. */
export interface Candidate {
  id: number;
  kind: 'work' | 'audit' | 'bounded';
  level: Level;
  /** The list of accounts that it is limited to. */
  access: string | null;
  batch: string | null;
  project: string;
  projectId: string;
  /** Of a closed project: for who chose it alone. */
  byChoice: boolean;
  digest: Uint8Array;
  model: Uint8Array;
  modelHex: string;
  rows: number;
  cost: number;
  inputBlob: string;
  wanted: number;
  leased: number;
  answered: number;
  /** Locked by its first lease; null before. */
  rate: number | null;
  /** Paid above the rate. */
  tip: number;
  /** Of a bounded unit: nobody of its first contributor's adapter class came in time. */
  anyClass: boolean;
  participants: Participant[];
}

export interface Chooser {
  account: string;
  /** Itself and the device accounts bound to it: it never checks what they computed. */
  own: ReadonlySet<string>;
  address: string;
  /** What it computes bounded units with; null where it computes none. */
  adapterClass: string | null;
  units: number;
  /** The id of the one that it chose; null: any that is open. */
  project: string | null;
  models: ReadonlySet<string>;
  speed: number;
  /** Of the leases that it holds. */
  held: { leases: number; cost: number };
  /** Lists of accounts that it is on. */
  lists: ReadonlySet<string>;
  /** What it has done on a model. Its audits are counted as they are granted. */
  record(modelHex: string): TrackRecord;
}

export interface Choice {
  candidate: Candidate;
  deliver: 'output' | 'digest';
  leaseMs: number;
}

export interface ChooseOptions {
  waits: Waits;
  rules: Policy;
  draw: Draw;
  leasesMax: number;
  /** One address may be its own partner. */
  laboratory: boolean;
}

/** Of one answer: their inputs travel in it, each up to boundedInputBytesMax. */
const boundedLeasesMax = 2;

export function chooseLeases(
  candidates: readonly Candidate[],
  chooser: Chooser,
  options: ChooseOptions,
): { choices: Choice[]; reason: WorkReason | null } {
  const { waits, leasesMax } = options;
  const budget = (chooser.speed * waits.leasedAheadMs) / 1000;
  const choices: Choice[] = [];
  const most = Math.min(chooser.units, leasesMax);
  let { leases, cost } = chooser.held;
  const sifted = { open: 0, eligible: 0, project: chooser.project };
  for (const candidate of sift(candidates, { chooser, options, most, sifted })) {
    if (choices.length >= most) break;
    if (candidate.kind === 'audit') {
      // One a call: two of them may hold rows of one unit.
      if (choices.some((choice) => choice.candidate.kind === 'audit')) continue;
      if (!mayAudit(chooser.record(candidate.modelHex), options.rules)) continue;
    }
    if (candidate.kind === 'bounded') {
      const bounded = choices.filter((choice) => choice.candidate.kind === 'bounded');
      if (bounded.length === boundedLeasesMax) continue;
    }
    if (leases >= 2 && cost + candidate.cost > budget) break;
    if (leases >= 1 && choices.length >= 1 && cost + candidate.cost > budget) break;
    leases++;
    cost += candidate.cost;
    const leaseMs = leaseDuration(cost, chooser.speed, waits);
    choices.push(grant(candidate, chooser, leaseMs));
  }
  const reason = choices.length > 0 ? null : whyNone(sifted);
  return { choices: shuffle(choices, chooser, options.draw), reason };
}

/** In no order that would tell a replica or an audit from any other unit. */
function shuffle(choices: Choice[], { account }: Chooser, draw: Draw): Choice[] {
  const keyed = choices.map((choice) => ({
    choice,
    key: draw('order', account, choice.candidate.id),
  }));
  return keyed.sort((a, b) => a.key - b.key).map(({ choice }) => choice);
}

/** Room for a first lease, or for one more result than are leased and answered. */
function hasRoom({ wanted, leased, answered }: Candidate): boolean {
  return Math.max(wanted, 1) > leased + answered;
}

function isAskedFor({ projectId, byChoice }: Candidate, project: string | null): boolean {
  return project === null ? !byChoice : projectId === project;
}

/** A replica never goes to the account or the address that computed or awaits the same rows. */
function isEligible(candidate: Candidate, chooser: Chooser, laboratory: boolean): boolean {
  if (candidate.access !== null && !chooser.lists.has(candidate.access)) return false;
  if (candidate.kind === 'bounded' && !hasClass(candidate, chooser)) return false;
  return candidate.participants.every(({ account, address, active }) => {
    if (chooser.own.has(account)) return false;
    return !active || laboratory || address !== chooser.address;
  });
}

/** Results of one class differ least: another's are asked for when none of the first's came. */
function hasClass({ participants, anyClass }: Candidate, { adapterClass }: Chooser): boolean {
  if (adapterClass === null) return false;
  const others = participants.filter(({ active }) => active);
  return anyClass || others.every((other) => other.adapterClass === adapterClass);
}

/** Time for all that is held, with slack, so that a slow or throttled tab still makes it. */
function leaseDuration(cost: number, speed: number, waits: Waits): number {
  const needed = Math.ceil((waits.leaseSlack * cost * 1000) / speed);
  return Math.min(Math.max(waits.leaseMsMin, needed), waits.leaseMsMax);
}

function grant(candidate: Candidate, chooser: Chooser, leaseMs: number): Choice {
  const { participants, modelHex, kind, level } = candidate;
  const record = chooser.record(modelHex);
  const carried = participants.some(({ active, deliver }) => active && deliver === 'output');
  // Bounded results are compared whole.
  const deliver = carried && kind !== 'bounded' ? 'digest' : 'output';
  const wanted = wantedOf(kind, level);
  candidate.wanted = Math.max(candidate.wanted, wanted);
  candidate.leased++;
  if (kind === 'audit') record.audits += candidate.rows;
  const { account, address, adapterClass } = chooser;
  participants.push({ account, address, active: true, deliver, adapterClass });
  return { candidate, deliver, leaseMs };
}

function wantedOf(kind: Candidate['kind'], level: Level): number {
  if (kind === 'bounded') return boundedWanted;
  return kind === 'audit' ? 1 : resultsWanted(level);
}

interface Sifted {
  open: number;
  eligible: number;
  project: string | null;
}

interface Sieve {
  chooser: Chooser;
  options: ChooseOptions;
  most: number;
  /** How many were found. */
  sifted: Sifted;
}

/**
 * What it may be given, of models whose shards it holds first. Most units that wait are anybody's: once
 * so many of them are found as may be given, the rest need no look.
 */
function sift(candidates: readonly Candidate[], sieve: Sieve): Candidate[] {
  const { chooser, options, most, sifted } = sieve;
  const { project, models } = chooser;
  const held: Candidate[] = [];
  const others: Candidate[] = [];
  let sure = 0;
  for (const candidate of candidates) {
    if (sure >= most) break;
    if (!hasRoom(candidate) || !isAskedFor(candidate, project)) continue;
    sifted.open++;
    if (!isEligible(candidate, chooser, options.laboratory)) continue;
    sifted.eligible++;
    const holds = models.has(candidate.modelHex);
    (holds ? held : others).push(candidate);
    if (candidate.kind === 'work' && (holds || models.size === 0)) sure++;
  }
  return [...held, ...others];
}

function whyNone({ open, eligible, project }: Sifted): WorkReason {
  if (open === 0 && project !== null) {
    return {
      code: 'work/no-project-unit',
      message: 'No unit of the project that you chose waits for a contributor now.',
    };
  }
  if (open === 0) {
    return { code: 'work/none', message: 'No unit waits for a contributor now.' };
  }
  if (eligible === 0) {
    return {
      code: 'work/partner-only',
      message: 'What waits must be checked by another account on another network.',
    };
  }
  return {
    code: 'work/enough',
    message: 'The units already held last for a while at this speed.',
  };
}
