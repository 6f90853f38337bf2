// What anyone may fetch: the coordinator's description, the contributor's page and the operator's,
// under a policy that lets nothing in from elsewhere.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { ARITHMETIC, WIRE_VERSION } from '#protocol/wire.ts';
import type { Context } from './context.ts';
import { replyWireError } from './http-errors.ts';

/** Without a word about styles: index.html links its own. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

const pageHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'referrer-policy': 'no-referrer',
};

/** The bundler puts a hash of the content into names under assets/. */
const hashedAsset = /[/\\]assets[/\\].*-[\w-]{8,}\.\w+$/;
const marker = '<!--idlewild:coordinator-->';

function describe(context: Context) {
  const { defaultProject: project, models, chainId, laboratory, receiptKey } = context;
  return {
    name: 'Idlewild',
    project: project.name,
    words: project.words,
    models: models.list().map(({ id, name, manifest }) => ({
      id,
      name,
      licence: manifest.licence,
      bytes: manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0),
    })),
    wire: WIRE_VERSION,
    arithmetic: ARITHMETIC,
    receiptKey: toHex(receiptKey),
    log: context.receiptLog.origin,
    origin: context.origin(),
    chainId,
    laboratory,
  };
}

export function addPublicRoutes(server: FastifyInstance, context: Context): void {
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('cross-origin-resource-policy')) {
      reply.header('cross-origin-resource-policy', 'same-origin');
    }
  });
  server.get('/v1/coordinator', async () => describe(context));
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
  const sendIndex = (reply: FastifyReply) =>
    reply
      .headers({ ...pageHeaders, 'cache-control': 'no-cache' })
      .type('text/html; charset=utf-8')
      .send(html.replace(marker, () => describeInPage(context)));
  server.get('/', (_request, reply) => sendIndex(reply));
  server.get('/admin', (_request, reply) => reply.sendFile('admin.html'));
  server.get('/index.html', (_request, reply) => sendIndex(reply));
  await server.register(fastifyStatic, {
    root: folder,
    index: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders(response, file) {
      const immutable = hashedAsset.test(file);
      const caching = immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
      for (const [name, value] of Object.entries({ ...pageHeaders, 'cache-control': caching })) {
        response.setHeader(name, value);
      }
    },
  });
}

/** Data, not a script: the page's policy lets no inline script run. */
function describeInPage(context: Context): string {
  const json = JSON.stringify(describe(context)).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="idlewild-coordinator">${json}</script>`;
}
