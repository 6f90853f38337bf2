// One HTTP server with every route but the contributors' and the page's, which need more than the
// context; over TLS where a certificate is given.
import type { Server as TlsServer } from 'node:https';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { limits } from '#protocol/limits.ts';
import { addAdminRoutes } from './admin-routes.ts';
import { addAudioRoutes } from './audio-routes.ts';
import { addBatchRoutes } from './batch-routes.ts';
import type { Context } from './context.ts';
import { addEpochRoutes } from './epoch-routes.ts';
import { addFileRoutes } from './file-routes.ts';
import { addHealthRoutes } from './health-routes.ts';
import { refuseClient, replyFailure } from './http-errors.ts';
import { addInferRoutes } from './infer-routes.ts';
import { limitConnections } from './limit-connections.ts';
import { addLogRoutes } from './log-routes.ts';
import { addMarketRoutes } from './market-routes.ts';
import { addModelRoutes } from './model-routes.ts';
import { addOrderRoutes } from './order-routes.ts';
import { addPublicRoutes } from './page-routes.ts';
import { addPriceRoutes } from './price-routes.ts';
import { addRequestHooks, readRequestId } from './request-hooks.ts';
import { addRequesterScope } from './requester-auth.ts';
import { addShardRoutes } from './shard-routes.ts';
import { createSpeechModels } from './speech-models.ts';

/** A certificate chain and its private key, PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

export interface HttpServerOptions {
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  trustProxy?: string[];
  tls?: Certificate;
  /** Connections open at once; limits.connectionsMax by default. */
  connectionsMax?: number;
}

/** A request may take so long to arrive: an upload of fileBytesMax at 4 Mbit/s. */
const requestMsMax = 10 * 60_000;

export function createHttpServer(
  context: Context,
  { trustProxy, tls, connectionsMax }: HttpServerOptions,
): FastifyInstance {
  const plain: FastifyServerOptions = {
    bodyLimit: limits.requestBodyBytesMax,
    trustProxy: trustProxy ?? false,
    forceCloseConnections: 'idle',
    requestTimeout: requestMsMax,
    requestIdHeader: false,
    genReqId: readRequestId,
    frameworkErrors: (thrown, request, reply) => replyFailure(request.url, reply, thrown),
    clientErrorHandler: refuseClient,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.textBytesMax },
  };
  // What http and https differ by, Fastify's types would carry into every route.
  const server = Fastify(tls ? ({ ...plain, https: { ...tls } } as FastifyServerOptions) : plain);
  server.server.maxConnections = connectionsMax ?? limits.connectionsMax;
  server.server.on('drop', () => context.metrics.count({ 'connection connectionsMax': 1 }));
  // Behind a proxy every connection is the proxy's: what it lets through is its own to limit.
  if (!trustProxy?.length) {
    limitConnections(server.server, limits.connectionsPerAddressMax, () =>
      context.metrics.count({ 'connection connectionsPerAddressMax': 1 }),
    );
  }
  server.setErrorHandler((thrown, request, reply) => {
    const { statusCode = 500 } = thrown as { statusCode?: number };
    if (statusCode >= 500) {
      context.log.error({ requestId: request.id, err: thrown }, 'a public route failed');
    }
    return replyFailure(request.url, reply, thrown);
  });
  addRequestHooks(server, context);
  addHealthRoutes(server, context, { trustsProxy: (trustProxy ?? []).length > 0 });
  addPublicRoutes(server, context);
  addShardRoutes(server, context);
  addLogRoutes(server, context);
  addPriceRoutes(server, context);
  addMarketRoutes(server, context);
  addEpochRoutes(server, context);
  addAdminRoutes(server, context);
  addRequesterScope(server, context, (scope) => {
    addFileRoutes(scope, context);
    addBatchRoutes(scope, context);
    addOrderRoutes(scope, context);
    addModelRoutes(scope, context);
    addInferRoutes(scope, context);
    addAudioRoutes(scope, createSpeechModels(context));
  });
  return server;
}

/** For connections from now on; those that stand keep theirs. @throws for a pair that is none */
export function replaceCertificate({ server }: FastifyInstance, tls: Certificate): void {
  (server as unknown as TlsServer).setSecureContext(tls);
}
