// How fast a backend is before it has computed a unit: the first guess of how much work to ask for.
import type { ExactBackend } from '#model/backend.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import type { Clock } from './environment.ts';

const speedConfig: EncoderConfig = {
  ...syntheticConfig,
  hiddenSize: 384,
  heads: 12,
  intermediateSize: 1536,
  layers: 1,
};
/** Long enough to be above the clock's grain, short enough not to be felt. */
const roundMs = 50;
const measureMs = 100;
const speedTokens = 8;
const speedRowsMax = 1024;

/**
 * Multiply-adds per second on shapes of a real model: a first guess, replaced by real units. The
 * best round counts: the first ones pay for compilers that are still at work.
 */
export async function measureSpeed(backend: ExactBackend, clock: Clock): Promise<number> {
  const encoder = await backend.createEncoder(makeSyntheticEncoder(1, speedConfig));
  try {
    let best = 1;
    let spentMs = 0;
    for (let count = 1; spentMs < measureMs; ) {
      const lengths = new Array<number>(count).fill(speedTokens);
      const rows = makeSyntheticRows(2, lengths, speedConfig.vocabularySize);
      const start = clock.now();
      await encoder.encode(rows);
      const ms = Math.max(clock.now() - start, 0.1);
      best = Math.max(best, (count * rowCost(speedConfig, speedTokens) * 1000) / ms);
      spentMs += ms;
      if (ms < roundMs) count = Math.min(4 * count, speedRowsMax);
    }
    return Math.round(best);
  } finally {
    encoder.destroy();
  }
}
