// The picture of docs/price.md: the rate, on a logarithmic scale, after a few shocks, beside where it
// would rest. Written by `npm run sim -- market --picture docs/price.svg`.
import { rateRules } from '#ledger/rate-controller.ts';
import { makeDraw } from './draw.ts';
import { calmMarket, firstRate, type MarketEpoch, runMarket } from './market.ts';
import { marketScenarios } from './market-scenarios.ts';

const width = 720;
const rowHeight = 120;
const left = 52;
const plotWidth = width - left - 12;
const epochs = 400;
/** Decades above and below the first rate. */
const decades = 1;

const panels = [
  { name: 'demand x10', delay: 6 },
  { name: 'day and night', delay: 6 },
  { name: 'on and off', delay: 6 },
  { name: 'faked capacity', delay: 6 },
  { name: 'demand x10', delay: 24 },
];

const style = `text{font:12px system-ui,sans-serif;fill:#15181b}.quiet{fill:#6b6f72}
.grid{stroke:#15181b;stroke-opacity:.15}.rests{stroke:#b97a14;stroke-dasharray:4 3}
.rate{stroke:#2a7a4b;stroke-width:2}path{fill:none}.ground{fill:#fbfaf7}
@media(prefers-color-scheme:dark){.ground{fill:#101315}text{fill:#e9e7e1}.quiet{fill:#9a9d9f}
.grid{stroke:#e9e7e1}.rate{stroke:#7ccf9c}.rests{stroke:#e0b45c}}`;

export function drawMarkets(seed: number): string {
  const height = panels.length * rowHeight + 28;
  const drawn = panels.map((panel, row) => drawPanel(panel, row * rowHeight + 8, seed));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>The rate after shocks: it follows, and swings where it is heard too late</title>',
    `<style>${style}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...drawn,
    `<text class="quiet" x="${left}" y="${height - 8}">${epochs} epochs from left to right; `,
    'elasticities 1 and 1. Line: the rate. Dashes: where it rests.</text>',
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ name, delay }: (typeof panels)[number], top: number, seed: number): string {
  const { change, about } = marketScenarios[name];
  const market = { ...calmMarket, ...change, epochs, supplyDelay: delay, demandDelay: delay };
  const seen = runMarket(market, rateRules, makeDraw(seed));
  const y = (rate: number) => {
    const above = Math.log10(Math.max(rate, 1) / firstRate) / decades;
    const share = Math.min(Math.max(above, -1), 1);
    return top + 20 + ((1 - share) / 2) * (rowHeight - 32);
  };
  const line = (pick: (epoch: MarketEpoch) => number) =>
    seen
      .map((one, epoch) => {
        const x = left + (epoch / (epochs - 1)) * plotWidth;
        return `${epoch === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y(pick(one)).toFixed(1)}`;
      })
      .join('');
  const marks = [firstRate * 10 ** decades, firstRate, firstRate / 10 ** decades].map(
    (rate) =>
      `<path class="grid" d="M${left} ${y(rate)}h${plotWidth}"/>` +
      `<text class="quiet" x="${left - 6}" y="${y(rate) + 4}" text-anchor="end">${rate}</text>`,
  );
  return [
    `<text x="${left}" y="${top + 10}">${name}: ${about}; heard ${delay} epochs late</text>`,
    ...marks,
    `<path class="rests" d="${line(({ restingRate }) => restingRate)}"/>`,
    `<path class="rate" d="${line(({ rate }) => rate)}"/>`,
  ].join('\n');
}
