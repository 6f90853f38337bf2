// Courses of verdicts over one unit, by the real judges: whatever leases, answers, lies, late results,
// recomputations and convictions may follow each other, and what each of them asks the requester to pay.
import { judge } from '#validator/judge.ts';
import { boundedWanted, judgeBounded } from '#validator/judge-bounded.ts';
import { type Level, policy, resultsWanted, rowsToAudit } from '#validator/policy.ts';
import type { UnitState } from '#validator/states.ts';

export interface CourseEvent {
  what:
    | 'lease'
    | 'answer'
    | 'expire'
    | 'late'
    | 'compute'
    | 'convict'
    | 'release'
    | 'leave'
    | 'ask';
  /** Which of several. */
  pick: number;
  /** What it computed; of a bounded unit neighbours agree. 0 is the truth. */
  value: number;
  trusted: boolean;
}

interface Lease {
  id: string;
  state: 'open' | 'expired' | 'answered';
  result: 'pending' | 'held' | 'accepted' | 'rejected' | null;
  value: number;
  trusted: boolean;
}

interface Course {
  kind: 'work' | 'bounded';
  level: Level;
  state: UnitState;
  wanted: number;
  leases: Lease[];
  settled: number | null;
  /** Its first contributors were paid: the coordinator pays those who compute it again. */
  recalled: boolean;
  pay(what: 'results' | 'auditedRows'): void;
}

type Steps = Record<CourseEvent['what'], (course: Course, event: CourseEvent) => void>;

const steps: Steps = {
  lease(course) {
    const { kind, level, leases, state } = course;
    const live = leases.filter((one) => one.state === 'open' || one.result === 'pending');
    if (state !== 'open' || Math.max(course.wanted, 1) <= live.length) return;
    const wanted = kind === 'bounded' ? boundedWanted : resultsWanted(level);
    course.wanted = Math.max(course.wanted, wanted);
    const id = `lease ${leases.length}`;
    leases.push({ id, state: 'open', result: null, value: 0, trusted: false });
  },
  answer: (course, event) => take(course, event, 'open'),
  late(course, event) {
    if (course.state === 'open' || course.state === 'held') take(course, event, 'expired');
  },
  expire({ leases }, { pick }) {
    const lease = choose(leases, pick, ({ state }) => state === 'open');
    if (lease) lease.state = 'expired';
  },
  compute(course) {
    if (course.state === 'arbitrating') settle(course, 0);
  },
  /** A holder was proved wrong elsewhere: what is held is void, what was paid is computed again. */
  convict(course, { pick }) {
    const { leases, state } = course;
    const held = choose(leases, pick, ({ result }) => result === 'held');
    const paid = leases.filter(({ result }) => result === 'accepted');
    if (state === 'held' && held) {
      held.result = 'rejected';
      for (const lease of leases) if (lease.result === 'held') lease.result = 'pending';
      reopen(course);
      settle(course, null);
    } else if (state === 'done' && course.kind === 'work' && paid.length === 1) {
      course.recalled = true;
      reopen(course);
    }
  },
  release(course) {
    if (course.state !== 'held') return;
    for (const lease of course.leases) if (lease.result === 'held') accept(course, lease);
    course.state = 'done';
  },
  /** One more row of what a leaver holds. */
  leave(course) {
    if (course.state === 'held') course.pay('auditedRows');
  },
  /** A row's auditor was convicted: it is asked again. */
  ask(course) {
    if (course.state === 'held') course.pay('auditedRows');
  },
};

function choose(leases: readonly Lease[], pick: number, fits: (lease: Lease) => boolean) {
  const fitting = leases.filter(fits);
  return fitting[pick % Math.max(1, fitting.length)];
}

function reopen(course: Course): void {
  course.state = 'open';
  course.settled = null;
  course.wanted = Math.max(course.wanted, 1);
}

function take(course: Course, event: CourseEvent, from: Lease['state']): void {
  const lease = choose(course.leases, event.pick, ({ state }) => state === from);
  if (!lease) return;
  const { value, trusted } = event;
  Object.assign(lease, { state: 'answered', result: 'pending', value, trusted });
  settle(course, null);
}

function accept(course: Course, lease: Lease): void {
  lease.result = 'accepted';
  if (!course.recalled) course.pay('results');
}

/** @param truth what the coordinator computed, if it did */
function settle(course: Course, truth: number | null): void {
  const { leases, state } = course;
  const { rulings, ...judgement } =
    course.kind === 'bounded' ? judgeFloats(course, truth) : judgeExact(course, truth);
  for (const { lease: id, result } of rulings) {
    const lease = leases.find((one) => one.id === id) as Lease;
    if (lease.result === result) continue;
    if (result === 'accepted') accept(course, lease);
    else lease.result = result;
  }
  course.state = judgement.state;
  course.wanted = judgement.wanted;
  if (judgement.value !== null) course.settled = judgement.value;
  if (state !== 'held' && course.state === 'held') {
    const drawn = rowsToAudit(course.level, { ...noRecord }, policy);
    for (let row = 0; row < drawn; row++) course.pay('auditedRows');
  }
}

const noRecord = { run: 0, held: 0, confirmed: 0, drawn: 0, audits: 0 };
const isOpen = ({ result }: Lease) => result === 'pending' || result === 'held';

function judgeExact({ state, level, wanted, leases, settled }: Course, truth: number | null) {
  const accepted = leases.filter(({ result }) => result === 'accepted').map(({ id }) => id);
  const judgement = judge({
    state,
    level,
    wanted,
    answers: leases.filter(isOpen).map(({ id, value, result, trusted }) => ({
      lease: id,
      account: `account of ${id}`,
      digest: String(value),
      hasOutput: true,
      state: result as 'pending' | 'held',
      trusted,
      named: false,
    })),
    settled: state === 'done' ? { digest: String(settled), confirmedBy: accepted } : null,
    recomputed: truth === null ? null : String(truth),
  });
  const { decided } = judgement;
  return { ...judgement, value: decided ? Number(decided.digest) : null };
}

function judgeFloats({ state, level, wanted, leases, settled }: Course, truth: number | null) {
  const answers = leases.filter(isOpen);
  const agreeing = (value: number | null) =>
    value === null ? null : answers.filter((one) => agree(one.value, value)).map(({ id }) => id);
  const judgement = judgeBounded({
    state,
    level,
    wanted,
    answers: answers.map(({ id }) => ({ lease: id, account: `account of ${id}`, named: false })),
    compared: {
      pairs: answers.flatMap((a, place) =>
        answers
          .slice(place + 1)
          .filter((b) => agree(a.value, b.value))
          .map((b): [string, string] => [a.id, b.id]),
      ),
      withCoordinator: agreeing(truth),
      withSettled: agreeing(state === 'done' ? settled : null),
    },
  });
  const { output } = judgement;
  const source = typeof output === 'object' ? output?.lease : null;
  const value = source ? (leases.find(({ id }) => id === source)?.value ?? null) : truth;
  return { ...judgement, value };
}

const agree = (a: number, b: number) => Math.abs(a - b) <= 1;

export function playCourse(
  unit: Pick<Course, 'kind' | 'level' | 'pay'>,
  events: readonly CourseEvent[],
): void {
  const course: Course = {
    ...unit,
    state: 'open',
    wanted: 0,
    leases: [],
    settled: null,
    recalled: false,
  };
  for (const event of events) steps[event.what](course, event);
}
