// The operator's side, /v1/admin, behind the admin token: a look at everything; projects and API keys
// made, listed and revoked; any batch cancelled; a ban lifted. Acts are kept with their reasons.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { createOverviewReader } from './admin-overview.ts';
import type { Context } from './context.ts';
import { fromFastify, replyOpenAiError, replyOpenAiFailure, statusOf } from './http-errors.ts';
import { isPlainText } from './plain-text.ts';
import { makeKey, makeProject } from './projects.ts';
import { addSnapshotRoutes } from './snapshot-routes.ts';

const listMax = 1_000;

const text = z
  .string('must be text')
  .max(limits.textBytesMax, `exceeds ${limits.textBytesMax} characters (textBytesMax)`)
  .refine(isPlainText, { error: 'holds a character that is no text' });
const named = text.trim().min(1, 'must not be empty');

const projectBody = z.strictObject({ name: named, words: text.default('') });
const keyBody = z.strictObject({ project: named, name: text.default('') });
const reasonBody = z.strictObject({ reason: text.default('') });
const statedBody = z.strictObject({ reason: named });

type WithId = { Params: { id: string } };

/** @returns null where the reply has told what is wrong */
function readBody<Body>(schema: z.ZodType<Body>, body: unknown, reply: FastifyReply): Body | null {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = issue.path.map(String).join('.') || null;
  replyOpenAiError(reply, 400, { message: `'${param ?? 'body'}': ${issue.message}.`, param });
  return null;
}

function notFound(reply: FastifyReply, what: string, id: string): FastifyReply {
  const message = `No ${what} found with id '${id.slice(0, limits.textBytesMax)}'.`;
  return replyOpenAiError(reply, 404, { message });
}

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
    addActRoutes(scope, context);
    addSnapshotRoutes(scope, context);
  });
}

function addProjectRoutes(scope: FastifyInstance, { database, now }: Context): void {
  scope.get('/v1/admin/projects', async () => ({
    data: await database.run('listProjects', { limit: listMax }),
  }));

  scope.post('/v1/admin/projects', async (request, reply) => {
    const body = readBody(projectBody, request.body, reply);
    if (!body) return reply;
    const { project, apiKey } = await makeProject(database, { ...body, now: now() });
    return { id: project, ...body, api_key: apiKey };
  });

  scope.get<{ Querystring: { project?: unknown } }>('/v1/admin/keys', async (request) => {
    const { project } = request.query;
    const wanted = typeof project === 'string' && isPlainText(project) ? project : null;
    return { data: await database.run('listKeys', { project: wanted, limit: listMax }) };
  });

  scope.post('/v1/admin/keys', async (request, reply) => {
    const body = readBody(keyBody, request.body, reply);
    if (!body) return reply;
    const { apiKey, kept } = makeKey();
    const key = await database.run('addKey', { ...body, ...kept, now: now() });
    return key ? { ...key, api_key: apiKey } : notFound(reply, 'project', body.project);
  });

  scope.post<WithId>('/v1/admin/keys/:id/revoke', async (request, reply) => {
    const { id } = request.params;
    const body = readBody(reasonBody, request.body, reply);
    if (!body) return reply;
    if (!isPlainText(id)) return notFound(reply, 'key', '');
    const key = await database.run('revokeKey', { id, ...body, now: now() });
    return key ?? notFound(reply, 'key', id);
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
