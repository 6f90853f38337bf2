// The market page: asks the three public answers every half minute while somebody looks, and shows what
// came. An answer that is wrong or missing leaves the figures from before, and says so.
import '#words/say-market.ts';
import { formatTime } from '#words/format-day.ts';
import { onWords, say } from '#words/say.ts';
import { find, setText } from './elements.ts';
import { readEpochs, type Settlement } from './epochs.ts';
import { mountLanguages } from './language-choice.ts';
import { type Market, type Price, readMarket, readPrice } from './market-answers.ts';
import { showEpochs } from './market-epochs.ts';
import { showRate } from './market-rate.ts';
import { showCapacity, showHours, showModels, showWaiting } from './market-supply.ts';

const askMs = 30_000;
const answerMsMax = 20_000;

let market: Market | null = null;
let price: Price | null = null;
/** Null: nothing is paid out; undefined: not known. */
let settlement: Settlement | null | undefined;
let answeredAt: Date | null = null;
let isAway = false;

function show(): void {
  if (price) showRate(price, settlement);
  if (market) {
    showHours(market, settlement);
    showCapacity(market);
    showWaiting(market);
    showModels(market);
  }
  if (settlement !== undefined) showEpochs(settlement);
  setText(find('as-of'), sayState());
}

function sayState(): string {
  const time = answeredAt ? formatTime(answeredAt) : '';
  if (isAway) return time ? say('market.stale', { time }) : say('market.away');
  return time ? say('market.as-of', { time }) : say('market.asking');
}

async function ask(): Promise<void> {
  const [nextMarket, nextPrice, nextEpochs] = await Promise.all([
    fetchJson('/v1/market').then(readMarket),
    fetchJson('/v1/price').then(readPrice),
    fetchJson('/v1/epochs').then(readEpochs),
  ]);
  // A coordinator of another version may have only some of them.
  market = nextMarket ?? market;
  price = nextPrice ?? price;
  if (nextEpochs !== undefined) settlement = nextEpochs;
  isAway = !nextMarket || !nextPrice;
  if (nextMarket || nextPrice) answeredAt = new Date();
  show();
}

/** @returns undefined for no answer, or one that is no JSON */
async function fetchJson(path: string): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const response = await fetch(path, { signal, headers: { accept: 'application/json' } });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

let isAsking = false;
async function look(): Promise<void> {
  if (isAsking || document.hidden) return;
  isAsking = true;
  await ask().finally(() => {
    isAsking = false;
  });
}

// Nobody agreed to anything here: a choice of language stays in the address.
mountLanguages(() => {});
onWords(show);
document.addEventListener('visibilitychange', () => void look());
setInterval(() => void look(), askMs);
show();
void look();
