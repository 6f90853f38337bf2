// A crowd that computes what the lab's queue has, honestly or not, until all of it is over.
import type { Draw } from '#validator/policy.ts';
import { openRing, type Plan } from '../sim/habits.ts';
import { ask, hear, type Member, makeMember } from '../sim/member.ts';
import type { Queue } from '../sim/queue.ts';
import { openSchedule } from '../sim/schedule.ts';
import { addressOf } from './payment-lab.ts';

export type Crowd = Record<string, { count: number; plan: Plan }>;

export interface CrowdRun {
  crowd: Crowd;
  draw: Draw;
  tickMs: number;
  callsMax: number;
  /** After each tick. @returns whether all is over */
  look(now: number): Promise<boolean>;
}

/** Of a member, as its spending orders name it. */
export const accountOf = (name: string) => addressOf(`${name}.0`);

/** @returns the time at the end */
export async function runCrowd(queue: Queue, run: CrowdRun): Promise<number> {
  const members = await gather(queue, run);
  const schedule = openSchedule();
  for (const [index] of members.entries()) schedule.add(index * 100, index);
  let now = 0;
  let nextTick = run.tickMs;
  for (let calls = 0; calls < run.callsMax; calls++) {
    const event = schedule.take();
    if (!event) return now;
    now = event.at;
    for (; nextTick <= now; nextTick += run.tickMs) {
      await queue.passTime(nextTick);
      await queue.compose(nextTick);
      await queue.partner(nextTick);
      if (await run.look(nextTick)) return nextTick;
    }
    const member = members[event.who];
    const call = ask(member, now);
    const news = await queue.work({ ...call, account: addressOf(call.account) });
    const wakes = hear(member, news, now);
    if (wakes !== null) schedule.add(wakes, event.who);
  }
  return now;
}

async function gather(queue: Queue, { crowd, draw }: CrowdRun): Promise<Member[]> {
  const ring = openRing('ring');
  const members = Object.entries(crowd).flatMap(([kind, { count, plan }]) =>
    Array.from({ length: count }, (_, number) => makeMember(kind, plan, { number, ring, draw })),
  );
  for (const { account, address } of members) await queue.addAccount(addressOf(account), address);
  return members;
}
