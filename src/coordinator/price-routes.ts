// GET /v1/price, for anyone: what a unit costs now and why. With ?before=EPOCH the older part of the
// history, page by page.
import type { FastifyInstance } from 'fastify';
import { formatHistory, type PriceAnswer, priceEntriesMax } from '#ledger/price-answer.ts';
import { rateRules } from '#ledger/rate-controller.ts';
import { parseSize } from '#protocol/checkpoint.ts';
import { logLimits } from '#protocol/log-limits.ts';
import { firstRate, rateEpochMs } from '#protocol/price.ts';
import type { Context } from './context.ts';
import { replyOpenAiError } from './http-errors.ts';
import { networkOf } from './network-address.ts';
import { createRateLimit } from './rate-limit.ts';

/** A rate holds for an hour: a page that is asked for by many may be so old. */
const caching = 'public, max-age=10';

export function addPriceRoutes(server: FastifyInstance, { database, now }: Context): void {
  const calls = createRateLimit({
    callsPerMinuteMax: logLimits.logBundlesPerMinuteMax,
    name: 'logBundlesPerMinuteMax',
    now,
  });
  server.get<{ Querystring: { before?: unknown } }>('/v1/price', async (request, reply) => {
    calls.take(networkOf(request.ip));
    const { before } = request.query;
    const from = before === undefined ? null : parseSize(String(before));
    if (before !== undefined && from === null) {
      return replyOpenAiError(reply, 400, { message: '`before` is an epoch.', param: 'before' });
    }
    const entries = await database.run('readRates', { before: from, most: priceEntriesMax });
    const [newest] = entries.slice(-1);
    const at = now();
    const epoch = Math.floor(at / rateEpochMs);
    reply.headers({
      'cache-control': caching,
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
    });
    return {
      rate: from === null ? (newest?.rate ?? firstRate) : await database.run('currentRate', null),
      epoch,
      epoch_ms: rateEpochMs,
      ends_in_ms: (epoch + 1) * rateEpochMs - at,
      target_permille: rateRules.targetPermille,
      floor: rateRules.rateFloor,
      cap: rateRules.rateCap,
      history: formatHistory(entries),
    } satisfies PriceAnswer;
  });
}
