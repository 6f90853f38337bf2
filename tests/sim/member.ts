// One simulated contributor over time: it computes one lease after another at its speed, brings the
// results with its next call, and asks for more. Its plan (habits.ts) says what it brings.
import type { Draw } from '#validator/policy.ts';
import { right, rowDigest } from './digests.ts';
import { answerUnit, type Liar, type Plan, type Ring } from './habits.ts';
import type { GivenResult, LeaseNews, WorkCall, WorkNews } from './queue.ts';

export interface Member extends Liar {
  kind: string;
  honest: boolean;
  account: string;
  address: string;
  speed: number;
  identity: number;
  todo: LeaseNews[];
  /** Computed, not yet brought: a paired liar waits for a friend to get the unit. */
  done: LeaseNews[];
  grabbed: number;
  idle: number;
  over: boolean;
}

const aheadMax = 2;
/** A paired liar holds more, so that friends find the same units. */
const pairedAheadMax = 6;
const choiceMs = 2 * 60_000;
const idleMs = 4_000;
const idleMsMax = 60_000;
const vanishedMs = 20 * 60_000;

export function makeMember(
  kind: string,
  plan: Plan,
  { number, ring, draw }: { number: number; ring: Ring; draw: Draw },
): Member {
  const name = `${kind} ${number}`;
  const [slowest, fastest] = plan.speed;
  const { lie, sick, accuses, friends, grabs, lapses, refuses } = plan;
  return {
    kind,
    honest: !lie && !sick && !accuses && !friends && !grabs && !lapses && !refuses,
    plan,
    ring,
    draw,
    name,
    account: `${name}.0`,
    address: `address of ${name}.0`,
    speed: slowest + draw('speed', name) * (fastest - slowest),
    identity: 0,
    answered: 0,
    lies: 0,
    todo: [],
    done: [],
    grabbed: 0,
    idle: 0,
    over: false,
  };
}

/** What the member says when it wakes: what it has finished, what it hands back, what it wants. */
export function ask(member: Member, now: number): WorkCall {
  if (member.plan.refuses) return refuse(member, now, member.plan.refuses);
  const finished = member.todo.shift();
  if (finished) member.done.push(finished);
  const results: GivenResult[] = [];
  const returns: WorkCall['returns'][number][] = [];
  const kept: LeaseNews[] = [];
  for (const lease of member.done) {
    if (waitsForFriend(member, lease, now)) kept.push(lease);
    else if (passes(member, lease)) returns.push({ lease: lease.lease, reason: 'failed' });
    else results.push({ lease: lease.lease, digests: answer(member, lease) });
  }
  member.done = kept;
  for (const lease of member.todo.splice(0)) {
    if (grabsAnother(member, lease)) returns.push({ lease: lease.lease, reason: 'stopped' });
    else member.todo.push(lease);
  }
  const leaving = isLeaving(member);
  const ahead = member.plan.lie?.paired ? pairedAheadMax : aheadMax;
  const want = leaving ? 0 : Math.max(0, ahead - member.todo.length - member.done.length);
  const { account, speed } = member;
  const project = choose(member, now);
  return { account, now, results, returns, awaiting: [], want, project, speed };
}

/** Another choice now and then. */
function choose({ plan, draw, name }: Member, now: number): string | null {
  const choices = plan.chooses ?? [null];
  const turn = Math.floor(now / choiceMs);
  return choices[Math.floor(draw('choice', name, turn) * choices.length)];
}

function refuse(member: Member, now: number, want: number): WorkCall {
  const { account, speed } = member;
  const returns = member.todo.splice(0).map(({ lease }) => ({ lease, reason: 'failed' as const }));
  const project = choose(member, now);
  return { account, now, results: [], returns, awaiting: [], want, project, speed };
}

/** @returns when it wakes again, or null where it is gone for good */
export function hear(member: Member, news: WorkNews, now: number): number | null {
  for (const lease of news.leases) {
    if (lapses(member, lease)) continue;
    member.todo.push(lease);
    count(member, lease, 1);
  }
  if (news.suspended) {
    for (const lease of [...member.todo, ...member.done]) count(member, lease, -1);
    return beReborn(member, now);
  }
  if (isLeaving(member) && member.todo.length === 0) return beReborn(member, now);
  const { plan, draw, name } = member;
  if (plan.vanishes && draw('vanish', name, now) < plan.vanishes) {
    member.todo = [];
    return now + vanishedMs;
  }
  const [next] = member.todo;
  if (!next) {
    member.idle++;
    const wait = Math.min(idleMs * member.idle, idleMsMax);
    return now + Math.ceil(wait * (0.5 + draw('idle', name, now)));
  }
  member.idle = 0;
  const rows = 'audit' in next.content ? next.content.audit.length : next.content.rows;
  return now + Math.ceil((rows * 1_000) / member.speed);
}

function beReborn(member: Member, now: number): number | null {
  member.todo = [];
  member.done = [];
  member.identity++;
  member.over = member.identity >= (member.plan.identities ?? 1);
  if (member.over) return null;
  member.answered = 0;
  member.account = `${member.name}.${member.identity}`;
  member.address = `address of ${member.account}`;
  return now + 1_000;
}

const isLeaving = ({ plan, answered }: Member) => answered >= (plan.lie?.leaves?.units ?? Infinity);

function answer(member: Member, lease: LeaseNews): readonly string[] {
  const { content } = lease;
  if ('audit' in content) return answerAudit(member, content.audit);
  const digest = answerUnit(member, content.unit, content.rows);
  count(member, lease, -1);
  member.answered++;
  return [digest];
}

function answerAudit(member: Member, rows: readonly { unit: number; row: number }[]): string[] {
  const { plan, ring, draw, name } = member;
  const digests = rows.map(({ unit, row }) => {
    if (plan.sick && draw('sick', name, unit, row) < plan.sick) return `sick ${name} ${unit}`;
    if (plan.friends !== 'vouch') return right;
    return rowDigest(ring.lies.get(unit) ?? right, row);
  });
  const accuses = plan.accuses && draw('accuse', name, rows[0].unit) < plan.accuses;
  if (accuses) digests[Math.floor(draw('accused', name, rows[0].unit) * rows.length)] = name;
  return digests;
}

const lapses = ({ plan, draw, name }: Member, { lease }: LeaseNews) =>
  plan.lapses !== undefined && draw('lapse', name, lease) < plan.lapses;

/** How many friends have the unit of a lease in hand. */
function count({ ring, plan }: Member, { content }: LeaseNews, change: number): void {
  if (!plan.lie?.paired || !('unit' in content)) return;
  ring.inHand.set(content.unit, (ring.inHand.get(content.unit) ?? 0) + change);
}

function waitsForFriend({ plan, ring }: Member, { content, expiresAt }: LeaseNews, now: number) {
  if (!plan.lie?.paired || !('unit' in content) || ring.lies.has(content.unit)) return false;
  return (ring.inHand.get(content.unit) ?? 0) < 2 && now < expiresAt - 10_000;
}

const showsLie = ({ ring }: Member, { content }: LeaseNews) =>
  'audit' in content &&
  content.audit.some(({ unit, row }) => rowDigest(ring.lies.get(unit) ?? right, row) !== right);

const passes = (member: Member, lease: LeaseNews) =>
  member.plan.friends === 'pass' && showsLie(member, lease);

function grabsAnother(member: Member, lease: LeaseNews): boolean {
  const { grabs } = member.plan;
  if (!grabs || !('audit' in lease.content) || showsLie(member, lease)) return false;
  member.grabbed = (member.grabbed + 1) % (grabs + 1);
  return member.grabbed !== 0;
}
