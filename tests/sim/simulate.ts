// One seeded run: members call the queue in the order of a fake clock until every batch is
// delivered or nothing moves any more. The ledger is checked throughout, every move by its table.
import { assert } from '#protocol/errors.ts';
import type { Level, Policy } from '#validator/policy.ts';
import { right } from './digests.ts';
import { makeDraw } from './draw.ts';
import { openRing, type Plan } from './habits.ts';
import { ask, hear, type Member, makeMember } from './member.ts';
import { type MemoryQueue, openMemoryQueue } from './memory-queue.ts';
import type { SimWaits, Tally } from './memory-state.ts';
import { openSchedule } from './schedule.ts';

export interface Crowd {
  [kind: string]: { count: number; plan: Plan };
}

export interface RunOptions {
  seed: number;
  level: Level;
  rules: Policy;
  crowd: Crowd;
  units: number;
  rows: number;
  /** Units of one batch: what is delivered cannot be recalled. */
  batchUnits: number;
  onProgress?(done: number, total: number): void;
}

export interface RunReport {
  units: number;
  rows: number;
  wrongRows: number;
  /** Total work over useful work after each contributor's first 1,000 units (of all, if none). */
  workRatio: number;
  workRatioAll: number;
  coordinatorShare: number;
  hours: number;
  /** Credit paid to liars in all, and for the results of theirs that were wrong. */
  liarCredit: number;
  lieCredit: number;
  liarsBanned: number;
  honestBanned: number;
  honestConvicted: number;
  starved: number;
  tally: Tally;
}

const simWaits: SimWaits = {
  composeMs: 60_000,
  partnerMs: 10 * 60_000,
  liveMs: 60_000,
  goneMs: 10 * 60_000,
  leaseMsMin: 30_000,
  leaseSlack: 4,
};

const tickMs = 5_000;
/** A run that has delivered nothing for so long is stuck: what is left has starved. */
const stuckMs = 24 * 3_600_000;
const callsPerCheck = 10_000;

export function simulate(options: RunOptions): RunReport {
  const { seed, rules, crowd } = options;
  const draw = makeDraw(seed);
  const secret = makeDraw(seed ^ 0x5eed);
  const queue = openMemoryQueue({ rules, draw: secret, waits: simWaits, laboratory: false });
  addBatches(queue, options);
  const ring = openRing('ring');
  const members = Object.entries(crowd).flatMap(([kind, { count, plan }]) =>
    Array.from({ length: count }, (_, number) => makeMember(kind, plan, { number, ring, draw })),
  );
  const hours = play(queue, members, options);
  queue.memory.books.check();
  return report(queue, members, hours);
}

function addBatches(queue: MemoryQueue, { units, rows, batchUnits, level }: RunOptions): void {
  for (let left = units; left > 0; left -= batchUnits) {
    queue.addBatch({ units: Math.min(left, batchUnits), rows, level, now: 0 });
  }
}

function play({ memory, ...queue }: MemoryQueue, members: Member[], options: RunOptions): number {
  const schedule = openSchedule();
  for (const [index, member] of members.entries()) {
    queue.addAccount(member.account, member.address);
    schedule.add(Math.floor(member.draw('begin', member.name) * 10_000), index);
  }
  let nextTick = tickMs;
  let movedAt = 0;
  let useful = 0;
  for (let calls = 0; ; calls++) {
    const event = schedule.take();
    if (!event) break;
    const now = event.at;
    for (; nextTick <= now; nextTick += tickMs) {
      queue.passTime(nextTick);
      queue.compose(nextTick);
      queue.partner(nextTick);
    }
    const member = members[event.who];
    const before = member.account;
    const wakes = hear(member, queue.work(ask(member, now)), now);
    if (wakes !== null) schedule.add(wakes, event.who);
    if (wakes !== null && member.account !== before) {
      queue.addAccount(member.account, member.address);
    }
    if (memory.tally.useful > useful) movedAt = now;
    useful = memory.tally.useful;
    if (memory.batches.every(({ delivered }) => delivered) || now - movedAt > stuckMs) {
      return now / 3_600_000;
    }
    if (calls % callsPerCheck === 0) {
      memory.books.check();
      options.onProgress?.(useful / options.rows, options.units);
    }
  }
  return nextTick / 3_600_000;
}

function report({ memory }: MemoryQueue, members: Member[], hours: number): RunReport {
  const { tally, books, batches, accounts } = memory;
  const kindOf = new Map(members.map((member) => [member.name, member]));
  const all = [...accounts.values()].map((account) => ({
    account,
    honest: kindOf.get(account.id.slice(0, account.id.lastIndexOf('.')))?.honest ?? false,
  }));
  const liars = all.filter(({ honest }) => !honest);
  const honest = all.filter((one) => one.honest);
  const leases = [...memory.leases.values()];
  const lies = leases.filter(
    ({ credit, digests }) => credit > 0 && digests.some((d) => d !== right),
  );
  assert(tally.total >= tally.useful, 'useful work is work');
  const workRatioAll = tally.total / Math.max(1, tally.useful);
  return {
    units: batches.reduce((sum, { units }) => sum + units.length, 0),
    rows: batches.reduce((sum, { units }) => sum + units.length * units[0].rowCount, 0),
    wrongRows: tally.wrongRows,
    workRatio: tally.usefulMature > 0 ? tally.mature / tally.usefulMature : workRatioAll,
    workRatioAll,
    coordinatorShare: tally.coordinator / tally.total,
    hours,
    liarCredit: liars.reduce((sum, { account }) => sum + books.earned(account.id), 0),
    lieCredit: lies.reduce((sum, { credit }) => sum + credit, 0),
    liarsBanned: liars.filter(({ account }) => account.banned).length,
    honestBanned: honest.filter(({ account }) => account.banned).length,
    honestConvicted: honest.filter(({ account }) => account.convictions > 0).length,
    starved: batches.reduce((sum, batch) => sum + batch.units.length - batch.done, 0),
    tally,
  };
}
