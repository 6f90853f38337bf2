// The rate: as a number, how it moves and why, what a credit is worth, and its history.
import { formatCount, formatDuration, formatPercent } from '#words/format.ts';
import { formatToken } from '#words/format-token.ts';
import { currentLocale, say } from '#words/say.ts';
import { drawRates } from './draw-rates.ts';
import { create, find, setText } from './elements.ts';
import type { Settlement } from './epochs.ts';
import type { Price, PricedHour } from './market-answers.ts';

const hourMs = 3_600_000;
/** docs/price.md: so much an hour, whatever happens. */
const stepPercentMax = 5;
/** Rows of the table: a day. */
const hoursListed = 24;

export function showRate(price: Price, settlement: Settlement | null | undefined): void {
  const { rate, endsInMs, history } = price;
  setText(find('rate'), formatCount(rate));
  setText(find('rate-next'), say('market.next', { time: formatDuration(endsInMs) }));
  setText(find('rate-busy'), sayBusy(price));
  setText(find('rate-token'), settlement === undefined ? '' : sayToken(settlement));
  const key = JSON.stringify([history, rate, currentLocale()]);
  const place = find('history');
  // What is open and read stays, while nothing of it has changed.
  if (place.dataset.shown === key) return;
  place.dataset.shown = key;
  const isOpen = place.querySelector('details')?.open ?? false;
  place.replaceChildren(...drawHistory(price));
  const details = place.querySelector('details');
  if (details) details.open = isOpen;
}

function sayBusy({ history, target }: Price): string {
  const rule = { target: formatPercent(100 * target), step: formatPercent(stepPercentMax) };
  const last = history.at(-1);
  const seen =
    last === undefined
      ? ''
      : last.busy === null
        ? say('market.nobody')
        : say('market.busy', { busy: formatPercent(100 * last.busy) });
  return [seen, say('market.rule', rule)].filter(Boolean).join(' ');
}

function sayToken(settlement: Settlement | null): string {
  if (!settlement) return say('market.token.none');
  const { token, creditsPerTokenUnit, chainId } = settlement;
  const chain = String(chainId);
  if (!token) return say('market.token.unknown', { chain });
  const one = 10n ** BigInt(token.decimals);
  const credits = formatCount(Number(one * BigInt(creditsPerTokenUnit)));
  return say('market.token', { credits, amount: formatToken(one, token), chain });
}

function drawHistory({ history, rate }: Price): Element[] {
  if (history.length === 0) return [create('p', 'soft', say('market.history.none'))];
  const since = history[history.length - 1].epoch + 1 - history[0].epoch;
  const time = formatDuration(since * hourMs);
  const axis = create('p', 'axis fine');
  axis.ariaHidden = 'true';
  axis.append(
    create('span', '', say('market.history.ago', { time })),
    create('span', '', say('market.history.now')),
  );
  const rates = history.map((hour) => hour.rate);
  const words = say('market.history.words', {
    time,
    low: Math.min(...rates),
    high: Math.max(...rates),
    now: rate,
  });
  return [drawRates(history), axis, create('p', 'fine', words), makeTable(history)];
}

function makeTable(history: readonly PricedHour[]): HTMLElement {
  const table = create('table', '');
  const head = create('tr', '');
  for (const key of [
    'market.history.hour',
    'market.history.rate',
    'market.history.busy',
  ] as const) {
    const cell = create('th', '', say(key));
    cell.setAttribute('scope', 'col');
    head.append(cell);
  }
  table.append(head);
  for (const { epoch, rate, busy } of history.slice(-hoursListed).toReversed()) {
    const row = create('tr', '');
    const hour = create('th', '', formatHour(new Date(epoch * hourMs)));
    hour.setAttribute('scope', 'row');
    const share = busy === null ? say('market.history.empty') : formatPercent(100 * busy);
    row.append(hour, create('td', '', formatCount(rate)), create('td', '', share));
    table.append(row);
  }
  const details = create('details', 'table');
  details.append(create('summary', '', say('market.history.table')), table);
  return details;
}

function formatHour(date: Date): string {
  const options = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat(currentLocale(), options).format(date);
}
