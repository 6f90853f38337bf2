// /livez, /readyz and /metrics: for whoever keeps the coordinator running. /metrics is answered to
// this machine, or to who has the admin token.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import type { Context } from './context.ts';
import { registerGauges } from './gauges.ts';
import { createHealth } from './health.ts';
import { replyOpenAiError } from './http-errors.ts';
import { readProcessMetrics } from './metrics.ts';
import { registerSettlementGauges } from './settlement-gauges.ts';

const loopback = /^(127\.|::1$|::ffff:127\.)/;
const localName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/**
 * From this machine itself. A proxy that nobody named as trusted hides who asks, and a page that
 * bound its own name to this address is no process of this machine.
 */
function isLocal({ ip, headers, socket }: FastifyRequest, trusted: boolean): boolean {
  if (!loopback.test(ip) || !localName.test(headers.host ?? '')) return false;
  if (trusted) return true;
  const forwarded = headers['x-forwarded-for'] ?? headers.forwarded ?? headers['x-real-ip'];
  return forwarded === undefined && loopback.test(socket.remoteAddress ?? '');
}

export function addHealthRoutes(
  server: FastifyInstance,
  context: Context,
  { trustsProxy }: { trustsProxy: boolean },
): void {
  const health = createHealth(context);
  const gauges = new Registry();
  registerGauges(gauges, context.gauges, context.now);
  registerSettlementGauges(gauges, context);

  server.get('/livez', async () => ({ status: 'ok' }));

  server.get('/readyz', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    if (context.closing()) return reply.code(503).send({ status: 'closing', checks: [] });
    const checks = await health.check();
    const ok = checks.every((check) => check.ok);
    const degraded = checks.some((check) => check.degraded);
    const status = degraded ? 'degraded' : 'ok';
    return reply.code(ok ? 200 : 503).send({ status: ok ? status : 'failing', checks });
  });

  server.get('/metrics', async (request, reply) => {
    if (!isLocal(request, trustsProxy) && !context.admin.admits(request)) {
      const message = 'Metrics are for this machine itself, or for who sends the admin token.';
      return replyOpenAiError(reply, 403, { message, code: 'admin_token' });
    }
    const counted = await context.metrics.registry.metrics();
    // A scrape tells of a database that is gone, instead of going with it.
    const looked = await gauges.metrics().catch(() => null);
    const up = [
      '# HELP idlewild_database_up Whether the database answered this scrape.',
      '# TYPE idlewild_database_up gauge',
      `idlewild_database_up ${looked === null ? 0 : 1}`,
    ].join('\n');
    const parts = [counted, looked ?? '', `${up}\n`, await readProcessMetrics()];
    reply.header('cache-control', 'no-store').type('text/plain; version=0.0.4; charset=utf-8');
    return parts
      .map((part) => part.trimEnd())
      .filter(Boolean)
      .join('\n')
      .concat('\n');
  });
}
