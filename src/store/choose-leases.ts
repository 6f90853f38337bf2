// Which waiting units one contributor gets: a pure choice among candidates, so that it can be
// tested without a database. Oldest first, models whose shards it holds before others.
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
}

/** A unit with room for a lease. The chooser writes down what it grants. */
export interface Candidate {
  id: number;
  kind: 'work' | 'audit';
  level: Level;
  /** The list of accounts that it is limited to. */
  access: string | null;
  batch: string | null;
  project: string;
  digest: Uint8Array;
  model: Uint8Array;
  modelHex: string;
  rows: number;
  cost: number;
  inputBlob: string;
  wanted: number;
  leased: number;
  answered: number;
  participants: Participant[];
}

export interface Chooser {
  account: string;
  address: string;
  units: number;
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

export function chooseLeases(
  candidates: readonly Candidate[],
  chooser: Chooser,
  options: ChooseOptions,
): { choices: Choice[]; reason: WorkReason | null } {
  const { waits, leasesMax, laboratory } = options;
  const open = candidates.filter(hasRoom);
  const eligible = open.filter((candidate) => isEligible(candidate, chooser, laboratory));
  const held = eligible.filter(({ modelHex }) => chooser.models.has(modelHex));
  const others = eligible.filter(({ modelHex }) => !chooser.models.has(modelHex));
  const budget = (chooser.speed * waits.leasedAheadMs) / 1000;
  const choices: Choice[] = [];
  let { leases, cost } = chooser.held;
  for (const candidate of [...held, ...others]) {
    if (choices.length >= Math.min(chooser.units, leasesMax)) break;
    if (candidate.kind === 'audit') {
      // One a call: two of them may hold rows of one unit.
      if (choices.some((choice) => choice.candidate.kind === 'audit')) continue;
      if (!mayAudit(chooser.record(candidate.modelHex), options.rules)) continue;
    }
    if (leases >= 2 && cost + candidate.cost > budget) break;
    if (leases >= 1 && choices.length >= 1 && cost + candidate.cost > budget) break;
    leases++;
    cost += candidate.cost;
    const leaseMs = leaseDuration(cost, chooser.speed, waits);
    choices.push(grant(candidate, chooser, leaseMs));
  }
  const reason = choices.length > 0 ? null : whyNone(open, eligible);
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

/** A replica never goes to the account or the address that computed or awaits the same rows. */
function isEligible(candidate: Candidate, chooser: Chooser, laboratory: boolean): boolean {
  if (candidate.access !== null && !chooser.lists.has(candidate.access)) return false;
  return candidate.participants.every(({ account, address, active }) => {
    if (account === chooser.account) return false;
    return !active || laboratory || address !== chooser.address;
  });
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
  const deliver = carried ? 'digest' : 'output';
  const wanted = kind === 'audit' ? 1 : resultsWanted(level);
  candidate.wanted = Math.max(candidate.wanted, wanted);
  candidate.leased++;
  if (kind === 'audit') record.audits += candidate.rows;
  const { account, address } = chooser;
  participants.push({ account, address, active: true, deliver });
  return { candidate, deliver, leaseMs };
}

function whyNone(open: Candidate[], eligible: Candidate[]): WorkReason {
  if (open.length === 0) {
    return { code: 'work/none', message: 'No unit waits for a contributor now.' };
  }
  if (eligible.length === 0) {
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
