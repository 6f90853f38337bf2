// GET /v1/market, for anyone: looked up at most once in a while, whoever asks.
import type { FastifyInstance } from 'fastify';
import type { Context } from './context.ts';
import { describeMarket } from './market.ts';
import { networkOf } from './network-address.ts';
import { createRateLimit } from './rate-limit.ts';

/** Asked more often, the last answer is given again. */
const keptMs = 30_000;
const marketCallsPerMinuteMax = 600;

export function addMarketRoutes(server: FastifyInstance, context: Context): void {
  const { database, models, waits, now } = context;
  const limit = createRateLimit({
    callsPerMinuteMax: marketCallsPerMinuteMax,
    name: 'marketCallsPerMinuteMax',
    now,
  });
  const read = async (at: number) => {
    const rate = await database.run('currentRate', null);
    const question = { rate, now: at, liveSince: at - waits.liveMs };
    return describeMarket(await database.run('readMarket', question), models);
  };
  let kept: { at: number; market: ReturnType<typeof read> } | null = null;

  server.get('/v1/market', async (request, reply) => {
    limit.take(networkOf(request.ip));
    const at = now();
    if (!kept || at - kept.at >= keptMs || at < kept.at) {
      const market = read(at);
      kept = { at, market };
      market.catch(() => {
        kept = null;
      });
    }
    reply
      .header('cache-control', `public, max-age=${keptMs / 1000}`)
      .header('cross-origin-resource-policy', 'cross-origin')
      .header('access-control-allow-origin', '*');
    return kept.market;
  });
}
