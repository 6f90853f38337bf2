// The operator's side, /v1/admin, behind the admin token: a look at everything; projects and API keys
// (project-routes.ts); any batch cancelled; a ban lifted. Acts are kept with their reasons.
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { addAccountAdminRoutes } from './account-admin-routes.ts';
import { named, notFound, readBody, text, type WithId } from './admin-bodies.ts';
import { createOverviewReader } from './admin-overview.ts';
import type { Context } from './context.ts';
import { fromFastify, replyOpenAiError, replyOpenAiFailure, statusOf } from './http-errors.ts';
import { isPlainText } from './plain-text.ts';
import { addKeyRoutes, addProjectRoutes } from './project-routes.ts';
import { addSnapshotRoutes } from './snapshot-routes.ts';

const reasonBody = z.strictObject({ reason: text.default('') });
const statedBody = z.strictObject({ reason: named });

function guard(scope: FastifyInstance, { admin, log }: Context): void {
  scope.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (!admin.on) {
      const message = 'Administration is off: start the coordinator with an admin token.';
      return replyOpenAiError(reply, 403, { message, code: 'admin_off' });
    }
    if (admin.admits(request)) return;
    const given = request.headers.authorization !== undefined;
    const message = given
      ? 'This is not the admin token.'
      : 'Send the admin token as `Authorization: Bearer TOKEN`.';
    return replyOpenAiError(reply, 401, { message, code: 'admin_token' });
  });
  scope.setErrorHandler((thrown, request, reply) => {
    const limit = { name: 'requestBodyBytesMax', bytes: limits.requestBodyBytesMax };
    const error = fromFastify(thrown as Error, limit) ?? toIdlewildError(thrown);
    if (statusOf(error) >= 500) {
      log.error({ requestId: request.id, code: error.code, err: error }, error.message);
    }
    return replyOpenAiFailure(reply, error);
  });
}

export function addAdminRoutes(server: FastifyInstance, context: Context): void {
  const overview = createOverviewReader(context);
  server.register(async (scope) => {
    guard(scope, context);
    scope.get('/v1/admin/overview', async () => overview.read());
    addProjectRoutes(scope, context);
    addKeyRoutes(scope, context);
    addActRoutes(scope, context);
    addAccountAdminRoutes(scope, context);
    addSnapshotRoutes(scope, context);
  });
}

function addActRoutes(scope: FastifyInstance, context: Context): void {
  const { database, now } = context;

  scope.post<WithId>('/v1/admin/batches/:id/cancel', async (request, reply) => {
    const { id } = request.params;
    const body = readBody(reasonBody, request.body, reply);
    if (!body) return reply;
    const acted = isPlainText(id)
      ? await database.run('cancelAnyBatch', { id, ...body, now: now() })
      : null;
    if (!acted) return notFound(reply, 'batch', id);
    const { status } = acted.batch;
    if (!acted.moved) {
      const message = `Cannot cancel a batch with status '${status}'.`;
      return replyOpenAiError(reply, 409, { message });
    }
    context.wake();
    return { id, status };
  });

  scope.post<WithId>('/v1/admin/contributors/:id/unban', async (request, reply) => {
    const { id } = request.params;
    const body = readBody(statedBody, request.body, reply);
    if (!body) return reply;
    const acted = isPlainText(id) ? await database.run('unban', { id, ...body, now: now() }) : null;
    if (!acted) return notFound(reply, 'contributor', id);
    if (!acted.moved) {
      return replyOpenAiError(reply, 409, { message: 'This account is not banned.' });
    }
    return { id, banned: false };
  });
}
