// `npm run sim -- market`: the price's controller in markets that nobody knows, over a grid.
import { writeFileSync } from 'node:fs';
import { drawMarkets } from './market-picture.ts';
import { marketScenarios, runMarkets } from './market-scenarios.ts';
import { printMarkets } from './market-table.ts';

export const marketNames = Object.entries(marketScenarios)
  .map(([name, { about }]) => `  ${name.padEnd(18)}${about}`)
  .join('\n');

export interface MarketOptions {
  scenarios: readonly string[];
  seed: number;
  json: boolean;
  /** Where to write the picture of docs/price.md. */
  picture?: string | undefined;
}

/** @returns what goes to stdout */
export function runMarketCommand({ scenarios, seed, json, picture }: MarketOptions): string {
  if (picture !== undefined) {
    writeFileSync(picture, drawMarkets(seed));
    return '';
  }
  const names = scenarios.length > 0 ? scenarios : Object.keys(marketScenarios);
  const rows = runMarkets(names, seed);
  return json ? `${JSON.stringify({ rows })}\n` : printMarkets(rows);
}
