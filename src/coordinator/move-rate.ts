// Closes the epochs of the rate: once an hour, whichever coordinator on the database comes first. Each
// step is safe to repeat after a crash.
import { rateEpochMs } from '#protocol/price.ts';
import type { Context } from './context.ts';

export async function moveRate({ database, presence, now }: Context): Promise<void> {
  const at = now();
  const running = Math.floor(at / rateEpochMs);
  const [last] = await database.run('readRates', { before: null, most: 1 });
  if (!last) {
    // The epoch that has begun already is counted by nobody.
    const seen = { verified: 0n, capacity: 0n, waiting: false };
    return database.run('closeRates', { epoch: running, seen, now: at });
  }
  const epoch = running - 1;
  if (last.epoch >= epoch) return;
  await presence.flush();
  while (await database.run('countDays', null));
  const { epoch: after, rate } = last;
  const seen = await database.run('surveyMarket', { epoch, after, rate });
  await database.run('closeRates', { epoch, seen, now: at });
}
