// What every HTTP request gets: an id that its answer and its log lines carry, its place in the
// metrics, and a line in the log. A line has the route's pattern, never the address that was asked.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Context } from './context.ts';

const requestIdHeader = 'x-request-id';

/** What a proxy's or a client's own id may look like. */
const saneId = /^[\w.:-]{8,128}$/;

/** The id that came along where it is sane, else a new one. */
export function readRequestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[requestIdHeader];
  return typeof given === 'string' && saneId.test(given) ? given : randomUUID();
}

/** Contributors come thousands of times a second: what they do is counted, and logged at `debug`. */
function isNotable({ method, routeOptions }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  return !/^\/v1\/(work|sessions|challenges)$/.test(routeOptions.url ?? '');
}

export function addRequestHooks(server: FastifyInstance, { metrics, log }: Context): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'none';
    const { statusCode: status, elapsedTime } = reply;
    metrics.request({ route, method, status, seconds: elapsedTime / 1000 });
    const level = isNotable(request) ? 'info' : 'debug';
    if (log.isLevelEnabled(level)) {
      const ms = Math.round(elapsedTime * 10) / 10;
      log[level]({ requestId: request.id, method, route, status, ms }, 'request');
    }
    done();
  });
}
