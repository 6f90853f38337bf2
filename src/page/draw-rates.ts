// The rate hour by hour as an SVG of steps: it stands still for an hour, and then moves. A picture of
// numbers that stand beside it in words.
import type { PricedHour } from './market-answers.ts';

const namespace = 'http://www.w3.org/2000/svg';
const width = 600;
const height = 120;
/** Around the extremes, so that a rate that stands still lies in the middle. */
const margin = 12;
/** Less than this share of the rate is not stretched over the whole height. */
const spanMin = 0.1;

/** @param hours oldest first, at least one */
export function drawRates(hours: readonly PricedHour[]): SVGElement {
  const first = hours[0].epoch;
  const last = hours[hours.length - 1].epoch + 1;
  const rates = hours.map(({ rate }) => rate);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const span = Math.max(high - low, spanMin * high);
  const middle = (low + high) / 2;
  const x = (epoch: number) => ((epoch - first) / Math.max(1, last - first)) * width;
  const y = (rate: number) => height / 2 - ((rate - middle) / span) * (height - 2 * margin);
  const steps = hours.map(({ epoch, rate }, place) => {
    const until = hours[place + 1]?.epoch ?? last;
    const begin = place === 0 ? 'M' : 'L';
    return `${begin}${round(x(epoch))} ${round(y(rate))}H${round(x(until))}`;
  });
  const svg = make('svg', {
    class: 'rates',
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  const line = steps.join('');
  svg.append(
    make('path', { class: 'field', d: `${line}V${height}H0Z` }),
    make('path', { class: 'line', d: line }),
    make('path', { class: 'ground', d: `M0 ${height - 0.5}H${width}` }),
  );
  return svg;
}

const round = (place: number) => Math.round(place * 100) / 100;

function make(tag: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS(namespace, tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
