// What one backend has said so far: gathered from its reports, judged by compare.ts.
import type { Answer, Report } from './case.ts';

/** A backend that took part, or why it could not. */
export interface Seat {
  name: string;
  adapter: string;
  skipped: string | null;
  /** By case: its answer, or why there is none. */
  answers: (Answer | { error: string })[];
}

export function createSeat(name: string, cases: number): Seat {
  const error = 'no answer';
  const answers = Array.from({ length: cases }, () => ({ error }));
  return { name, adapter: '', skipped: null, answers };
}

/** One that never opened is skipped; one that falls silent later owes its remaining answers. */
export function hear(seat: Seat, one: Report): void {
  if (one.kind === 'opened' || one.kind === 'done') seat.adapter = one.adapter;
  if (one.kind === 'answer') seat.answers[one.index] = one.answer;
  if (one.kind === 'error') seat.answers[one.index] = { error: one.why };
  if (one.kind !== 'unavailable') return;
  if (seat.adapter === '') seat.skipped = one.why;
  else seat.answers = seat.answers.map((given) => ('error' in given ? { error: one.why } : given));
}
