// What anyone may fetch: the coordinator's description, the contributor's page and the operator's,
// under a policy that lets nothing in from elsewhere.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { IdlewildError } from '#protocol/errors.ts';
import type { Context } from './context.ts';
import { describeCoordinator, putInPage } from './describe-coordinator.ts';
import { addEmbedRoutes, fileHeaders } from './embed-routes.ts';
import { replyWireError } from './http-errors.ts';
import { pageHeaders } from './page-headers.ts';
import { addPublicProjects } from './project-routes.ts';
import { createSendHtml } from './send-html.ts';

/** The bundler puts a hash of the content into names under assets/. */
const hashedAsset = /[/\\]assets[/\\].*-[\w-]{8,}\.\w+$/;
/** What `idlewild build` lays beside a file, for whoever takes it. */
const compressed = /\.(br|gz)$/;

export function addPublicRoutes(server: FastifyInstance, context: Context): void {
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('cross-origin-resource-policy')) {
      reply.header('cross-origin-resource-policy', 'same-origin');
    }
  });
  server.get('/v1/coordinator', async () =>
    describeCoordinator(context, await context.projects.main()),
  );
  addPublicProjects(server, context);
  server.setNotFoundHandler((request, reply) => {
    if (request.url.startsWith('/v1/')) {
      return reply.code(404).send({
        error: {
          message: `Unknown request URL: ${request.method} ${request.url.split('?')[0]}.`,
          type: 'invalid_request_error',
          param: null,
          code: 'unknown_url',
        },
      });
    }
    return replyWireError(reply, new IdlewildError('wire/not-found', 'There is nothing here.'));
  });
}

export async function addPage(
  server: FastifyInstance,
  context: Context,
  folder: string,
): Promise<void> {
  const html = await readFile(path.join(folder, 'index.html'), 'utf8');
  const sendHtml = createSendHtml();
  const sendIndex = async (request: FastifyRequest, reply: FastifyReply) => {
    const description = await describeCoordinator(context, await context.projects.main());
    reply.headers({ ...pageHeaders(), 'cache-control': 'no-cache' });
    return sendHtml(request, reply, putInPage(html, description));
  };
  server.get('/', sendIndex);
  server.get('/admin', (_request, reply) => reply.sendFile('admin.html'));
  server.get('/market', (_request, reply) => reply.sendFile('market.html'));
  server.get('/index.html', sendIndex);
  await addEmbedRoutes(server, context, { folder, sendHtml });
  await server.register(fastifyStatic, {
    root: folder,
    index: false,
    dotfiles: 'ignore',
    cacheControl: false,
    preCompressed: true,
    setHeaders(response, sent) {
      const file = sent.replace(compressed, '');
      const immutable = hashedAsset.test(file);
      const caching = immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
      const varying = { 'cache-control': caching, vary: 'accept-encoding' };
      const headers = { ...fileHeaders(folder, file), ...varying };
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    },
  });
}
