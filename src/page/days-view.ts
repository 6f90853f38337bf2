// The account day by day, as a chart and as a table, and what of its credit can be claimed: as the
// coordinator answered when it was asked last.
import '#words/say-charts.ts';
import '#words/say-account.ts';
import '#words/say-payout.ts';
import type { AccountAnswer } from '#protocol/account-wire.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { formatCount, formatCredit } from '#words/format.ts';
import { formatTime, formatUtcDay } from '#words/format-day.ts';
import { count, onWords, say } from '#words/say.ts';
import { type AccountDesk, daysShown } from './account-desk.ts';
import { drawColumns } from './chart.ts';
import { create, find, setLine, setText } from './elements.ts';
import { sayFailure } from './failure-words.ts';
import { showCredit } from './show-credit.ts';

type Day = AccountAnswer['history'][number];

const dayMs = 86_400_000;

export function mountDays(desk: AccountDesk): void {
  const button = find('ask');
  const show = () => {
    const { answer, isAsking } = desk;
    button.toggleAttribute('aria-disabled', isAsking);
    setText(find('days-note'), sayState(desk));
    find('days-intro').hidden = answer !== null;
    find('days-chart').replaceChildren(...(answer ? drawDays(answer.history) : []));
    if (answer) {
      // Statuses say the same while something runs; before that only the answer does.
      showCredit('credit', answer.credit.earned);
      showCredit('credit-held', answer.credit.held);
      showCredit('credit-pending', answer.credit.pending);
    }
    setText(find('credit-claimable'), answer ? formatCredit(answer.credit.claimable) : '–');
    setLine(find('claimable-why'), answer ? sayClaimable(answer) : '');
    find('claimable-unasked').hidden = answer !== null;
    setText(find('credit-paid'), answer ? formatCredit(answer.credit.paid) : '–');
    setLine(find('paid-why'), answer ? sayPaid(answer) : '');
  };
  desk.watch(show);
  onWords(show);
}

function sayState({ answer, answeredAt, failure, isAsking }: AccountDesk): string {
  if (isAsking) return say('days.asking');
  if (failure) {
    const isEarly = toIdlewildError(failure).code === 'session/none';
    return isEarly
      ? say('days.before-start')
      : say('days.failed', { message: sayFailure(failure) });
  }
  return answer ? say('days.as-of', { time: formatTime(answeredAt) }) : '';
}

export function sayClaimable({ boundTo, credit, settlement }: AccountAnswer): string {
  if (boundTo) return say('claimable.bound');
  if (settlement) return credit.claimable > 0 ? say('claimable.final') : say('claimable.next');
  if (credit.paid > 0) return say('claimable.paid', { paid: formatCredit(credit.paid) });
  return credit.claimable > 0 ? say('claimable.unpaid') : say('claimable.none');
}

function sayPaid({ settlement }: AccountAnswer): string {
  const payments = settlement?.transactions.length ?? 0;
  return payments > 0 ? count('paid.some', payments) : say('paid.none');
}

function drawDays(history: readonly Day[]): Element[] {
  const days = fillDays(history, new Date());
  const words = create('p', 'fine', describeDays(days));
  const withVerdicts = days.filter(({ accepted, rejected }) => accepted + rejected > 0);
  if (withVerdicts.length === 0) return [words];
  const chart = drawColumns(
    days.map(({ accepted, rejected }) => [
      { kind: 'accepted', value: accepted },
      { kind: 'rejected', value: rejected },
    ]),
  );
  const axis = create('p', 'axis fine');
  axis.ariaHidden = 'true';
  axis.append(
    create('span', '', formatUtcDay(days[0].day)),
    create('span', '', formatUtcDay(days[days.length - 1].day)),
  );
  return [chart, axis, words, makeTable(withVerdicts)];
}

/** Every day of the time shown, those without a verdict too; today by UTC is the last. */
export function fillDays(history: readonly Day[], now: Date): Day[] {
  const known = new Map(history.map((day) => [day.day, day]));
  // A coordinator whose clock is ahead may have a day more.
  const today = now.toISOString().slice(0, 10);
  const last = [today, ...known.keys()].sort().at(-1) ?? today;
  const end = Date.parse(`${last}T00:00:00Z`);
  return Array.from({ length: daysShown }, (_, index) => {
    const day = new Date(end - (daysShown - 1 - index) * dayMs).toISOString().slice(0, 10);
    return known.get(day) ?? { day, accepted: 0, rejected: 0, credit: 0 };
  });
}

export function describeDays(days: readonly Day[]): string {
  const sum = (kind: 'accepted' | 'rejected') => days.reduce((all, day) => all + day[kind], 0);
  const units = ({ accepted, rejected }: Day) => accepted + rejected;
  const best = days.reduce((most, day) => (units(day) > units(most) ? day : most));
  if (units(best) === 0) return say('days.empty', { days: count('count.days', days.length) });
  return say('days.words', {
    days: count('count.days', days.length),
    accepted: sum('accepted'),
    rejected: sum('rejected'),
    // A day and its month stay on one line.
    day: formatUtcDay(best.day).replaceAll(' ', '\u00a0'),
    most: count('count.units', units(best)),
  });
}

function makeTable(days: readonly Day[]): HTMLElement {
  const table = create('table', '');
  const head = create('tr', '');
  const headings = ['days.day', 'days.accepted', 'days.rejected', 'days.credit'] as const;
  for (const key of headings) {
    const cell = create('th', '', say(key));
    cell.setAttribute('scope', 'col');
    head.append(cell);
  }
  table.append(head);
  for (const { day, accepted, rejected, credit } of days.toReversed()) {
    const row = create('tr', '');
    const name = create('th', '', formatUtcDay(day));
    name.setAttribute('scope', 'row');
    row.append(name);
    for (const value of [accepted, rejected, credit]) {
      row.append(create('td', '', formatCount(value)));
    }
    table.append(row);
  }
  const details = create('details', 'table');
  details.append(create('summary', '', say('days.table')), table);
  return details;
}
