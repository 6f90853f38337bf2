// One seeded script of calls against two queues, the one in memory and another: every answer is
// compared, and every state at each so many steps. The in-memory queue leads: its contributors hear
// its news, with the other's lease ids.
import { isDeepStrictEqual } from 'node:util';
import { IdlewildError } from '#protocol/errors.ts';
import { type Draw, isTrusted, type Level } from '#validator/policy.ts';
import { openRing } from './habits.ts';
import { ask, hear, type Member, makeMember } from './member.ts';
import type { MemoryQueue } from './memory-queue.ts';
import { projects } from './projects.ts';
import type { Queue, WorkNews } from './queue.ts';
import { openSchedule } from './schedule.ts';
import type { Crowd } from './simulate.ts';

export interface DifferentialOptions {
  crowd: Crowd;
  /** Of the contributors' habits. */
  draw: Draw;
  level: Level;
  batches: readonly number[];
  rows: number;
  tickMs: number;
  /** States are compared after so many calls. */
  callsPerState: number;
  callsMax: number;
  onProgress?(calls: number, done: number): void;
}

export interface Agreement {
  calls: number;
  states: number;
  delivered: boolean;
  convictions: number;
  /** Accounts trusted at the end although a lease that ran out broke their run. */
  proven: number;
}

interface Script {
  memory: MemoryQueue;
  other: Queue;
  options: DifferentialOptions;
  calls: number;
  states: number;
}

/** @throws sim/differs at the first step at which the queues do not agree */
export async function runDifferential(
  memory: MemoryQueue,
  other: Queue,
  options: DifferentialOptions,
): Promise<Agreement> {
  const script: Script = { memory, other, options, calls: 0, states: 0 };
  const members = await begin(script);
  const schedule = openSchedule();
  for (const [index] of members.entries()) schedule.add(index * 100, index);
  let nextTick = options.tickMs;
  for (; script.calls < options.callsMax; ) {
    const event = schedule.take();
    if (!event) break;
    for (; nextTick <= event.at; nextTick += options.tickMs) await tick(script, nextTick);
    const member = members[event.who];
    const { account } = member;
    const wakes = await step(script, member, event.at);
    if (wakes !== null) schedule.add(wakes, event.who);
    if (wakes !== null && member.account !== account) await addAccount(script, member);
    if (memory.memory.batches.every(({ delivered }) => delivered)) break;
  }
  await compareStates(script, 'the end');
  const { accounts, batches, rules, tally } = memory.memory;
  return {
    calls: script.calls,
    states: script.states,
    delivered: batches.every(({ delivered }) => delivered),
    convictions: tally.convictions,
    proven: [...accounts.values()].filter(
      ({ record }) => isTrusted(record, rules) && record.run < rules.runMin,
    ).length,
  };
}

async function begin(script: Script): Promise<Member[]> {
  const { memory, other, options } = script;
  for (const [i, units] of options.batches.entries()) {
    const project = projects[i % projects.length].id;
    const batch = { project, units, rows: options.rows, level: options.level, now: 0 };
    memory.addBatch(batch);
    await other.addBatch(batch);
  }
  const ring = openRing('ring');
  const members = Object.entries(options.crowd).flatMap(([kind, { count, plan }]) =>
    Array.from({ length: count }, (_, number) =>
      makeMember(kind, plan, { number, ring, draw: options.draw }),
    ),
  );
  for (const member of members) await addAccount(script, member);
  return members;
}

async function addAccount({ memory, other }: Script, { account, address }: Member) {
  memory.addAccount(account, address);
  await other.addAccount(account, address);
}

async function tick(script: Script, now: number): Promise<void> {
  for (const queue of [script.memory, script.other]) {
    await queue.passTime(now);
    await queue.compose(now);
    await queue.partner(now);
  }
}

async function step(script: Script, member: Member, now: number): Promise<number | null> {
  const { memory, other, options } = script;
  const call = ask(member, now);
  const told = memory.work(call);
  const heard = await other.work(call);
  const where = `call ${++script.calls} of ${call.account} at ${now} ms`;
  compare(toAnswer(told), toAnswer(heard), `${where}: the answer`);
  for (const [place, { lease }] of told.leases.entries()) {
    memory.renameLease(lease, heard.leases[place].lease);
  }
  if (script.calls % options.callsPerState === 0) {
    await compareStates(script, where);
    options.onProgress?.(script.calls, memory.memory.tally.useful);
  }
  return hear(member, { ...told, leases: heard.leases }, now);
}

/** What both must say alike: a lease's id is the queue's own, and so are a verdict's words. */
function toAnswer({ verdicts, leases, suspended }: WorkNews) {
  return {
    // What is held is pending to its contributor.
    verdicts: verdicts.map(({ state, credit }) => ({
      state: state === 'held' ? 'pending' : state,
      credit,
    })),
    leases: leases.map(({ content, expiresAt }) => ({ content, expiresAt })),
    suspended,
  };
}

async function compareStates(script: Script, where: string): Promise<void> {
  script.states++;
  const ours = script.memory.state();
  const theirs = await script.other.state();
  const parts = ['accounts', 'units', 'batches'] as const;
  const unlike = parts.flatMap((part) => {
    const length = Math.max(ours[part].length, theirs[part].length);
    const places = Array.from({ length }, (_, place) => place);
    return places
      .filter((place) => !isDeepStrictEqual(ours[part][place], theirs[part][place]))
      .map((place) => ({
        what: `${part} ${place}`,
        ours: ours[part][place],
        theirs: theirs[part][place],
      }));
  });
  if (unlike.length > 0) throw differs(where, unlike.slice(0, differencesShown));
}

const differencesShown = 6;

function compare(ours: unknown, theirs: unknown, where: string): void {
  if (!isDeepStrictEqual(ours, theirs)) throw differs(where, [{ what: 'answer', ours, theirs }]);
}

function differs(
  where: string,
  differences: readonly { what: string; ours: unknown; theirs: unknown }[],
): IdlewildError {
  return new IdlewildError('sim/differs', `The queues differ after ${where}.`, {
    metaMessages: differences.flatMap(({ what, ours, theirs }) => [
      `${what} in memory: ${JSON.stringify(ours)}`,
      `${what} of the other: ${JSON.stringify(theirs)}`,
    ]),
  });
}
